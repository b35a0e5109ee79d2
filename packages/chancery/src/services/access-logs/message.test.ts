import assert from "node:assert/strict";
import { test } from "node:test";
import { logMessage, toLogMessage } from "./message.ts";
import { httpRecord } from "./testdata/records.ts";

test("an entry is said as plain data, without credentials", () => {
  const message = toLogMessage(httpRecord());
  assert.deepEqual(logMessage.parse(message), message);
  assert.deepEqual(message, {
    ...{ id: 1, at: "2026-11-21T11:37:15.932Z", kind: "http", type: "DownstreamEnd" },
    node: { id: "edge-1", cluster: "edge" },
    ...{ log: "front", method: "POST", scheme: "https", authority: "shop.example.com", path: "/api/carts?x=1" },
    ...{ originalPath: "/v1/carts", protocol: "HTTP/2", status: 503 },
    details: "upstream_reset_before_response_started",
    flags: [
      { flag: "UF", meaning: "Envoy could not connect to the upstream" },
      { flag: "UAEX", meaning: "the external authorization service denied it" },
      { flag: "URX", meaning: "all retries, or attempts to connect, failed" },
    ],
    ...{ durationMs: 16.5, route: "shop#api" },
    upstream: {
      ...{
        cluster: "shop",
        host: "10.0.0.5:8080",
        attempts: 2,
        failure: "delayed connect error: 111",
        firstByteMs: 12,
      },
    },
    downstream: { address: "10.1.2.3:5000", direct: "10.9.9.9:6000", local: "[::1]:8443", termination: "ended" },
    bytes: { received: 120, sent: 141 },
    tls: {
      ...{
        version: "TLSv1_3",
        serverName: "shop.example.com",
        peerSubject: "CN=client",
        sessionId: "abcd",
        ja3: "ja3",
      },
    },
    ...{ requestId: "4f6f0b34-1d3a-9e2c-8f1e-0c6f1c6a2b11", traceId: "0af7651916cd43dd8448eb211c80319c" },
    ...{ userAgent: "curl/8", referer: "https://example.com", forwardedFor: "10.1.2.3" },
    headers: {
      request: {
        ...{ Authorization: "[redacted]", cookie: "[redacted]", "x-api-key": "[redacted]" },
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      },
      response: { "set-cookie": "[redacted]", server: "envoy" },
      trailers: { "grpc-status": "14" },
    },
    tags: { tenant: "acme" },
  });
});

test("tags and headers may be called as what every object inherits", () => {
  const names = JSON.parse('{ "constructor": "a", "__proto__": "b" }');
  const record = httpRecord({ common_properties: { custom_tags: names }, response: { response_headers: names } });
  const message = toLogMessage(record);
  assert.deepEqual([message.tags, message.headers?.response], [names, names]);
  assert.deepEqual(logMessage.parse(message), message);
});

test("all that Envoy said is there when it is asked for", () => {
  assert.partialDeepStrictEqual(toLogMessage(httpRecord(), true).entry, { request: { request_headers_bytes: "100" } });
});

test("what Envoy does not say is left out", () => {
  assert.deepEqual(toLogMessage(httpRecord({ common_properties: { access_log_type: "DownstreamStart" } })), {
    ...{ id: 1, at: "2026-11-21T11:37:16.000Z", kind: "http", type: "DownstreamStart", intermediate: true },
    ...{ node: { id: "edge-1", cluster: "edge" }, log: "front" },
  });
});

test("a clock that is wrong beyond all dates does no harm", () => {
  const far = { common_properties: { start_time: "9999-12-31T23:59:59Z" } };
  assert.equal(toLogMessage(httpRecord(far)).at, "9999-12-31T23:59:59.000Z");
  for (const startTimeMs of [8e14, -8e14, 1e300, Number.NaN]) {
    const record = httpRecord({});
    Object.defineProperty(record.entry, "startTimeMs", { value: startTimeMs });
    assert.equal(toLogMessage(record).at, "1970-01-01T00:00:00.000Z");
  }
});
