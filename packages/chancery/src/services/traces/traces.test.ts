import assert from "node:assert/strict";
import { test } from "node:test";
import type { OtlpSpan } from "@chancery/xds/services";
import { toTraceMessage, toTraceSummary } from "./message.ts";
import { Traces } from "./traces.ts";

test("the traces stay to which something was added last", () => {
  const traces = new Traces({ maxTraces: 2 });
  for (const traceId of ["a", "b", "a", "c"]) traces.add(span({ traceId }));
  assert.deepEqual(
    [...traces].map(({ id, spans }) => [id, spans.length]),
    [
      ["a", 2],
      ["c", 1],
    ],
  );
  assert.equal(traces.forgotten, 1);
});

test("what traces take is bounded, in all and each", () => {
  const traces = new Traces({ maxBytes: 1_000, maxSpansPerTrace: 2 });
  for (const traceId of ["a", "b", "b", "b"]) traces.add(span({ traceId }));
  assert.deepEqual(
    [...traces].map(({ id, spans, dropped }) => [id, spans.length, dropped]),
    [["b", 2, 1]],
  );
  assert.deepEqual(traces.size, { traces: 1, bytes: 800 });
});

test("a span of no trace is not kept", () => {
  const traces = new Traces();
  traces.add(span({ traceId: "" }));
  assert.equal(traces.size.traces, 0);
});

test("a trace is summed up over its spans, and has no credentials", () => {
  const traces = new Traces();
  const child = {
    spanId: "2",
    parentId: "1",
    name: "router",
    startMs: 1010,
    durationMs: 100,
    status: "error",
  } as const;
  traces.add(span({ ...child, resource: { "service.name": "shop" } }));
  traces.add(span({ attributes: { "http.request.header.cookie": "secret" } }));
  const [trace] = traces;
  assert(trace);
  assert.deepEqual(toTraceSummary(trace), {
    ...{ id: "a", name: "ingress", services: ["front", "shop"], at: "1970-01-01T00:00:01.000Z", durationMs: 110 },
    ...{ spans: 2, error: true },
  });
  const { spans } = toTraceMessage(trace);
  assert.deepEqual(
    spans.map(({ id, parent }) => [id, parent]),
    [
      ["1", undefined],
      ["2", "1"],
    ],
  );
  assert.deepEqual(spans[0]?.attributes, { "http.request.header.cookie": "[redacted]" });
});

function span(init: Partial<OtlpSpan> = {}): OtlpSpan {
  return {
    ...{ resource: { "service.name": "front" }, traceId: "a", spanId: "1", parentId: "", name: "ingress" },
    ...{ kind: "server", startMs: 1000, durationMs: 50, attributes: {}, events: [], status: "unset" },
    ...{ statusMessage: "", size: 100 },
    ...init,
  };
}
