import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { encodeLogRecords, encodeSpans } from "../../../../xds/src/services/testdata/otlp-messages.ts";
import { startControlPlane } from "../../control-plane.ts";
import { traceMessage } from "./message.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const requestId = "4f6f0b34-1d3a-9e2c-8f1e-0c6f1c6a2b11";
const spans = encodeSpans({ "service.name": "front" }, [
  {
    ...{ traceId, spanId: "b7ad6b7169203331", name: "ingress", startMs: 1000, endMs: 1250 },
    attributes: { "guid:x-request-id": requestId },
  },
]);

test("spans and log records over HTTP are found together, by trace id and by request id", async (t) => {
  const { url, post } = await start(t);
  assert.equal((await post("/v1/traces", spans)).status, 200);
  const records = [
    { timeMs: 1, traceId },
    { timeMs: 2, attributes: { request_id: requestId } },
    { timeMs: 3, attributes: { request_id: "another" } },
  ];
  const response = await post("/v1/logs", encodeLogRecords({}, records));
  assert.deepEqual([response.status, (await response.bytes()).length], [200, 0]);
  assert.equal(response.headers.get("content-type"), "application/x-protobuf");
  const trace = traceMessage.parse(await (await fetch(`${url}/api/v1/traces/${traceId.toUpperCase()}`)).json());
  assert.deepEqual(
    trace.logs.map(({ id }) => id),
    [1, 2],
  );
});

test("a body may be gzip, up to the limit of bodies", async (t) => {
  const { post } = await start(t);
  const encoded = { "content-encoding": "gzip" };
  assert.equal((await post("/v1/traces", gzipSync(spans), encoded)).status, 200);
  assert.equal((await post("/v1/traces", gzipSync(Buffer.alloc(1024 * 1024)), encoded)).status, 400);
  assert.equal((await post("/v1/traces", spans, encoded)).status, 400);
  assert.equal((await post("/v1/traces", spans, { "content-encoding": "br" })).status, 415);
});

test("a body of another type, one that is no message, and a browser, are refused", async (t) => {
  const { post } = await start(t);
  assert.equal((await post("/v1/logs", Buffer.from("{}"), { "content-type": "application/json" })).status, 415);
  assert.equal((await post("/v1/logs", Buffer.from("{}"), {})).status, 400);
  assert.equal((await post("/v1/logs", spans, { origin: "http://elsewhere.example" })).status, 403);
});

test("traces are chosen by service, name, duration and error; there is a clear answer when there is none", async (t) => {
  const { url, post } = await start(t);
  await post("/v1/traces", spans);
  const count = async (query: string) => {
    const response = await fetch(`${url}/api/v1/traces?${query}`);
    return z.array(z.unknown()).parse(await response.json()).length;
  };
  for (const query of ["", "service=fr*", "name=ingress", "min-duration=250ms", "error=false"]) {
    assert.equal(await count(query), 1, query);
  }
  for (const query of ["service=x", "name=x", "min-duration=251ms", "error=true", "limit=0"]) {
    assert.equal(await count(query), 0, query);
  }
  assert.equal((await fetch(`${url}/api/v1/traces?min-duration=long`)).status, 400);
  assert.equal((await fetch(`${url}/api/v1/traces/00`)).status, 404);
});

async function start(t: TestContext) {
  const anyPort = { host: "127.0.0.1", port: 0 };
  const controlPlane = await startControlPlane({ xds: anyPort, http: anyPort, maxBodyBytes: 100_000 });
  t.after(() => controlPlane.close());
  const url = `http://127.0.0.1:${controlPlane.http.port}`;
  return {
    url,
    post: (path: string, body: Uint8Array, headers: Record<string, string> = {}) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf", ...headers },
        body: new Uint8Array(body),
      }),
  };
}
