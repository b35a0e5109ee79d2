import assert from "node:assert/strict";
import { test } from "node:test";
import type { OtlpLogRecord } from "@chancery/xds/services";
import { toLogMessage } from "./message.ts";
import { toOtelEntry, toOtelSource } from "./otel-entry.ts";

const record: OtlpLogRecord = {
  resource: { log_name: "otel", node_name: "edge-1", cluster_name: "edge", zone_name: "a" },
  timeMs: Date.parse("2026-11-21T11:37:15.932Z"),
  severity: "",
  body: { line: "GET /", cookie: "secret" },
  attributes: {
    "http.request.method": "GET",
    "url.path": "/",
    "http.response.status_code": "503",
    "envoy.response_flags": "UF,XX",
    "envoy.duration": "12",
    upstream_cluster: "shop",
    "envoy.route_name": "-",
    "http.request.header.cookie": ["secret"],
    size: 5,
  },
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "",
  size: 1,
  bytes: new Uint8Array(1),
};

test("a record of OpenTelemetry is an entry, by the names of its attributes", () => {
  const entry = toOtelEntry(record);
  const message = toLogMessage({ id: 1, receivedMs: 0, source: toOtelSource(record.resource), entry });
  assert.partialDeepStrictEqual(message, {
    ...{ at: "2026-11-21T11:37:15.932Z", kind: "otel", node: { id: "edge-1", cluster: "edge" }, log: "otel" },
    ...{ method: "GET", path: "/", status: 503, durationMs: 12, upstream: { cluster: "shop" } },
    traceId: record.traceId,
    attributes: { size: 5, "http.request.header.cookie": "[redacted]" },
    body: { line: "GET /", cookie: "[redacted]" },
  });
  assert.deepEqual(
    message.flags?.map(({ flag }) => flag),
    ["UF", "XX"],
  );
  assert.equal("route" in message, false);
  assert.equal(entry.isFinal, true);
});

test("a record of something else than Envoy is shown with what it says", () => {
  const { timeMs, severity, spanId, size, bytes } = record;
  const own = { timeMs, severity, spanId, size, bytes };
  const other = { ...own, resource: { "service.name": "app" }, attributes: {}, traceId: "" };
  const plain: OtlpLogRecord = { ...other, body: "started" };
  const message = toLogMessage({
    id: 1,
    receivedMs: 0,
    source: toOtelSource(plain.resource),
    entry: toOtelEntry(plain),
  });
  assert.deepEqual(message, {
    ...{ id: 1, at: "2026-11-21T11:37:15.932Z", kind: "otel", node: { id: "", cluster: "app" }, body: "started" },
  });
});
