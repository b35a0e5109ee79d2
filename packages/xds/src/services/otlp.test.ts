import assert from "node:assert/strict";
import { test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { status } from "@grpc/grpc-js";
import { Code } from "../grpc/index.ts";
import { callUnary, grpcClient } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import { type OtlpLogRecord, type OtlpSpan, readLogRecord } from "./otlp.ts";
import { type OtlpOptions, otlpHandlers } from "./otlp-handlers.ts";
import { encodeLogRecords, encodeSpans, type Value } from "./testdata/otlp-messages.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

test("spans are read with the resource that they come from", async () => {
  const { otlp, spans } = receiver();
  const attributes = {
    "http.status_code": "503",
    retries: 2,
    ratio: 0.5,
    ok: true,
    list: ["a", 1],
    map: { deep: "x" },
  };
  const request = encodeSpans({ "service.name": "front" }, [
    { ...{ traceId, spanId, name: "ingress", startMs: 1000, endMs: 1250 }, attributes, statusCode: 2 },
    { traceId, spanId: "00000000000000aa", parentId: spanId, name: "router", kind: 3, startMs: 1010, endMs: 1200 },
  ]);
  assert.equal(await otlp.takeSpans(request), true);
  const [first, second] = spans;
  assert.partialDeepStrictEqual(first, {
    ...{ traceId, spanId, parentId: "", name: "ingress", kind: "server", startMs: 1000, durationMs: 250 },
    ...{ status: "error", resource: { "service.name": "front" }, attributes, events: [] },
  });
  assert.partialDeepStrictEqual(second, { kind: "client", parentId: spanId, status: "unset" });
  assert.equal(otlp.stats.spans, 2);
});

test("log records are read with body and attributes", async () => {
  const { otlp, records } = receiver();
  const record = { timeMs: 1000, traceId, body: { a: [1, "x"] }, attributes: { bytes: Buffer.from("hi") } };
  assert.equal(await otlp.takeLogs(encodeLogRecords({ log_name: "otel" }, [record, { timeMs: 2 }])), true);
  const [{ bytes, size, ...first } = assert.fail("nothing came")] = records;
  assert.deepEqual(first, {
    ...{ resource: { log_name: "otel" }, timeMs: 1000, severity: "", body: { a: [1, "x"] } },
    ...{ attributes: { bytes: "aGk=" }, traceId, spanId: "" },
  });
  assert.equal(bytes.length, size);
  assert.deepEqual(readLogRecord(bytes, first.resource), { ...first, bytes, size });
  assert.deepEqual(records[1]?.body, null);
});

test("requests that are cut short, or nest without end, harm nobody", async () => {
  const { otlp } = receiver();
  let deep: Value = {};
  for (let depth = 0; depth < 200; depth++) deep = { deep };
  const request = encodeLogRecords({}, [{ timeMs: 1, body: deep }]);
  assert.equal(await otlp.takeLogs(request), true);
  for (let length = 1; length < request.length; length++) {
    await assert.rejects(otlp.takeLogs(request.subarray(0, length)), { code: Code.INVALID_ARGUMENT });
  }
  // What is whole outside may be cut within.
  const writer = new WireWriter();
  for (let length = 0; length < request.length; length++) {
    assert.equal(await otlp.takeLogs(writer.tag(1, WireType.Bytes).bytes(request.subarray(0, length)).finish()), true);
  }
});

test("what is dropped over gRPC is answered as UNAVAILABLE, and both services answer what they take", async (t) => {
  const { otlp, records } = receiver({ maxQueuedBytes: 1 });
  const { address } = await serve(t, Object.fromEntries(otlp.methods.map(({ method, open }) => [method, open])));
  const client = grpcClient(t, address);
  const [logs, traces] = otlp.methods.map(({ method }) => method);
  assert.equal((await callUnary(client, traces ?? "", encodeSpans({}, []))).length, 0);
  const request = encodeLogRecords({}, [{ timeMs: 1 }]);
  const calls = Array.from({ length: 10 }, () => callUnary(client, logs ?? "", request));
  const codes = (await Promise.allSettled(calls)).map((result) =>
    result.status === "fulfilled" ? status.OK : (result.reason as { code: number }).code,
  );
  const taken = codes.filter((code) => code === status.OK).length;
  assert.equal(records.length, taken);
  assert.equal(codes.filter((code) => code === status.UNAVAILABLE).length, 10 - taken);
  assert.equal(otlp.stats.droppedMessages, 10 - taken);
});

test("what is no message at all is refused", async (t) => {
  const { otlp, records, spans } = receiver();
  const { server, address } = await serve(t, {});
  for (const { method, open, options } of otlp.methods) server.handle(method, open, options);
  const client = grpcClient(t, address);
  for (const { method } of otlp.methods) {
    await assert.rejects(callUnary(client, method, Buffer.from("{}")), { code: status.INVALID_ARGUMENT });
  }
  assert.deepEqual([records, spans], [[], []]);
});

test("after something was dropped, calls are refused before they are read, and counted", async (t) => {
  const { otlp, records } = receiver({ maxQueuedBytes: 1 });
  const { server, address } = await serve(t, {});
  for (const { method, open, options } of otlp.methods) server.handle(method, open, options);
  const request = encodeLogRecords({}, [{ timeMs: 1 }]);
  // One has room however small the queue is, the other does not.
  const both = await Promise.all([otlp.takeLogs(request), otlp.takeLogs(request)]);
  assert.deepEqual(both, [true, false]);
  const client = grpcClient(t, address);
  for (const { method } of otlp.methods) {
    await assert.rejects(callUnary(client, method, request), { code: status.UNAVAILABLE });
  }
  assert.equal(records.length, 1);
  assert.partialDeepStrictEqual(otlp.stats, { messages: 1, droppedMessages: 1, refused: 2 });
  assert.equal(server.stats.messagesIn, 0);
});

function receiver(options: Partial<OtlpOptions> = {}) {
  const records: OtlpLogRecord[] = [];
  const spans: OtlpSpan[] = [];
  const otlp = otlpHandlers({
    onLogRecords: (portion) => records.push(...portion),
    onSpans: (portion) => spans.push(...portion),
    ...options,
  });
  return { otlp, records, spans };
}
