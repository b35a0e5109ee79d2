import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeLogRecords, encodeSpans, type SpanInit } from "../../../xds/src/services/testdata/otlp-messages.ts";
import { formatAddress } from "../address.ts";
import { startControlPlane } from "../control-plane.ts";
import { runAgainst } from "./testdata/run-against.ts";
import { tracesCommand } from "./traces.ts";

const [one, two] = ["0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c"];
const startMs = Date.parse("2026-11-21T11:37:15.932Z");

test("traces are written one a line, the newest last, those that the filters let through", async (t) => {
  const { run } = await start(t);
  const lines = [
    `2026-11-21T11:37:15.932Z  ${one}  250 ms  ingress  front, shop  3 spans  error`,
    `2026-11-21T11:37:16.932Z  ${two}  10 ms  /\\u009b  front  1 span`,
  ];
  assert.deepEqual(await run([]), { code: 0, stdout: `${lines.join("\n")}\n`, stderr: "" });
  assert.equal((await run(["--error"])).stdout, `${lines[0]}\n`);
  assert.equal((await run(["--limit", "1"])).stdout, `${lines[1]}\n`);
  assert.equal((await run(["--service", "sh*", "--min-duration", "250ms"])).stdout, `${lines[0]}\n`);
  const { stdout } = await run(["--error", "--format", "json"]);
  assert.partialDeepStrictEqual(JSON.parse(stdout), { id: one, spans: 3 });
  assert.deepEqual(await run(["--name", "other"]), { code: 0, stdout: "", stderr: "No trace is like that\n" });
});

test("one trace is shown as a tree beside a line of time, with its logs", async (t) => {
  const { run } = await start(t);
  const { code, stdout } = await run([one]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `2026-11-21T11:37:15.932Z  ${one}  250 ms  ingress  front, shop  3 spans  error
START   DURATION  TIME                  SPAN          SERVICE  KIND    STATUS
0 ms    250 ms    ====================  ingress       front    server  503
50 ms   150 ms    ....============....    router      front    client  error
100 ms  50 ms     ........====........      checkout  shop     server
2026-11-21T11:37:15.932Z  edge-1  GET /b 503
`,
  );
  const whole = JSON.parse((await run([one, "--format", "json"])).stdout);
  assert.deepEqual([whole.spans.length, whole.logs.length], [3, 1]);
});

test("spans that are each other's parents, or whose parent is not there, are shown all the same, once", async (t) => {
  const { run, post } = await start(t);
  const traceId = "2af7651916cd43dd8448eb211c80319c";
  const span = (spanId: string, parentId: string) => ({
    traceId,
    spanId,
    parentId,
    name: `s-${spanId}`,
    startMs,
    endMs: startMs,
  });
  await post([span("b7ad6b7169203331", "b7ad6b7169203332"), span("b7ad6b7169203332", "b7ad6b7169203331")]);
  await post([span("b7ad6b7169203333", "b7ad6b7169203339")]);
  const { stdout } = await run([traceId]);
  // The first is in the heading too.
  const shown = stdout.match(/s-b7ad6b716920333\d/g)?.map((name) => name.at(-1));
  assert.deepEqual(shown?.slice(1).sort(), ["1", "2", "3"]);
});

test("-f begins with the last, and tells of each when nothing more comes, until it is ended", async (t) => {
  const { follow, post } = await start(t);
  const following = follow(["-f", "--limit", "1"]);
  assert.match(await following.line(), new RegExp(two));
  const span = { traceId: one, name: "late", startMs, endMs: startMs + 500 };
  await post([{ ...span, spanId: "b7ad6b7169203338" }]);
  await post([{ ...span, spanId: "b7ad6b7169203339" }]);
  assert.match(await following.line(), new RegExp(`${one}  500 ms  ingress  front, shop  5 spans  error\n$`));
  following.abort();
  assert.equal(await following.code, 0);
});

test("mistakes are named", async (t) => {
  const { run } = await start(t);
  const mistakes: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [["--format", "xml"], 2, /Cannot use --format "xml"; write one of text, json/],
    [["--limit", "many"], 2, /Cannot read --limit "many": write a number/],
    [[one, two], 2, /Unknown argument "1af/],
    [[one, "-f"], 2, /Cannot follow one trace: leave out -f, or the id/],
    [["00"], 1, /There is no trace "00", or not any more/],
    [["--min-duration", "long"], 1, /"long" would have to be a duration such as 250ms/],
  ];
  for (const [args, code, message] of mistakes) {
    const result = await run(args);
    assert.deepEqual([result.code, message.test(result.stderr)], [code, true], result.stderr);
  }
});

async function start(t: TestContext) {
  const free = { host: "127.0.0.1", port: 0 };
  const controlPlane = await startControlPlane({ xds: free, http: free });
  t.after(() => controlPlane.close());
  const http = formatAddress(controlPlane.http);
  const send = async (path: string, bytes: Uint8Array) => {
    const headers = { "content-type": "application/x-protobuf" };
    const body = new Uint8Array(bytes);
    assert.equal((await fetch(`http://${http}${path}`, { method: "POST", headers, body })).status, 200);
  };
  const post = (spans: readonly SpanInit[], service = "front") =>
    send("/v1/traces", encodeSpans({ "service.name": service }, spans));
  const ingress = { traceId: one, spanId: "b7ad6b7169203331", name: "ingress", kind: 2 };
  const router = { traceId: one, spanId: "b7ad6b7169203332", parentId: "b7ad6b7169203331", name: "router", kind: 3 };
  const inner = { traceId: one, spanId: "b7ad6b7169203333", parentId: "b7ad6b7169203332", name: "checkout", kind: 2 };
  await post([{ ...inner, startMs: startMs + 100, endMs: startMs + 150 }], "shop");
  await post([
    { ...router, startMs: startMs + 50, endMs: startMs + 200, statusCode: 2 },
    { ...ingress, startMs, endMs: startMs + 250, attributes: { "http.status_code": "503" } },
  ]);
  await post([
    { traceId: two, spanId: "b7ad6b7169203334", name: "/\u009b", startMs: startMs + 1000, endMs: startMs + 1010 },
  ]);
  await send(
    "/v1/logs",
    encodeLogRecords({ node_name: "edge-1" }, [
      { timeMs: startMs, traceId: one, attributes: { method: "GET", path: "/b", status: 503 } },
    ]),
  );
  return { post, ...runAgainst(http, { traces: async () => tracesCommand }) };
}
