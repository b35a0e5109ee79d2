import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { callBidi, grpcClient, statusOf } from "../../../../xds/src/grpc/testdata/grpc-client.ts";
import { readServerSentEvents } from "../../cli/server-sent-events.ts";
import { startControlPlane } from "../../control-plane.ts";
import { logMessage } from "./message.ts";
import { logSummary } from "./routes.ts";
import { encodeMessage, fullEntry } from "./testdata/records.ts";

test("what Envoys log is searched by its filters, and summed up", async (t) => {
  const { get, send } = await start(t);
  await send({ http_logs: { log_entry: [fullEntry, { request: { path: "/other" } }] } });
  const found = z.array(logMessage).parse(await get("/api/v1/logs?status=5xx&node=edge-*"));
  assert.deepEqual(
    found.map(({ id, path }) => [id, path]),
    [[1, "/api/carts?x=1"]],
  );
  const all = z.array(logMessage).parse(await get("/api/v1/logs"));
  assert.deepEqual(
    all.map(({ id }) => id),
    [1, 2],
  );
  const summary = logSummary.parse(await get("/api/v1/logs/summary"));
  assert.partialDeepStrictEqual(summary, { taken: 2, dropped: 0, kept: { entries: 2 } });
  assert.partialDeepStrictEqual(summary.requests[0], { route: "shop#api", upstreamCluster: "shop", errors: 1 });
});

test("a query with mistakes is refused, and each is named", async (t) => {
  const { url } = await start(t);
  for (const path of ["/api/v1/logs", "/api/v1/logs/follow"]) {
    const response = await fetch(`${url}${path}?status=bad&since=never`);
    assert.equal(response.status, 400);
    const { problems } = z.object({ problems: z.array(z.object({ path: z.string() })) }).parse(await response.json());
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["since", "status"],
    );
  }
  assert.equal((await fetch(`${url}/api/v1/logs?limit=many`)).status, 400);
});

test("text from requests is escaped wherever it is shown", async (t) => {
  const { url, send } = await start(t);
  await send({ http_logs: { log_entry: [{ request: { path: "/\u009b2J\u202e\u001b[31m\n" } }] } });
  const text = await (await fetch(`${url}/api/v1/logs?whole=true`)).text();
  const json = `"/\\u009b2J\\u202e\\u001b[31m\\n"`;
  assert(text.includes(`"path":${json}`), text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
  assert.doesNotMatch(text, unsafe);
  const { body } = await fetch(`${url}/api/v1/logs/follow?last=1`);
  assert(body);
  for await (const { data } of readServerSentEvents(body)) {
    assert(data.includes(json), data);
    assert.doesNotMatch(data, unsafe);
    break;
  }
});

test("a follower gets the last of what there is, then what comes, each once", async (t) => {
  const { url, send } = await start(t);
  await send({ http_logs: { log_entry: ["/1", "/2", "/3"].map((path) => ({ request: { path } })) } });
  const { body } = await fetch(`${url}/api/v1/logs/follow?last=2&path=/`);
  assert(body);
  const paths: (string | undefined)[] = [];
  for await (const { event, data } of readServerSentEvents(body)) {
    assert.equal(event, "entry");
    paths.push(logMessage.parse(JSON.parse(data)).path);
    if (paths.length === 2) await send({ http_logs: { log_entry: [{ request: { path: "/4" } }] } });
    if (paths.length === 3) break;
  }
  assert.deepEqual(paths, ["/2", "/3", "/4"]);
});

async function start(t: TestContext) {
  const controlPlane = await startControlPlane({
    xds: { host: "127.0.0.1", port: 0 },
    http: { host: "127.0.0.1", port: 0 },
  });
  t.after(() => controlPlane.close());
  const url = `http://127.0.0.1:${controlPlane.http.port}`;
  const client = grpcClient(t, controlPlane.xds);
  return {
    url,
    get: async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json(),
    /** Sends a message on a stream of its own, and resolves when it was taken. */
    async send(message: object): Promise<void> {
      const stream = callBidi(client, "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs");
      const identifier = { node: { id: "edge-1", cluster: "edge" }, log_name: "front" };
      stream.write(Buffer.from(encodeMessage({ identifier, ...message })));
      stream.end();
      await statusOf(stream);
    },
  };
}
