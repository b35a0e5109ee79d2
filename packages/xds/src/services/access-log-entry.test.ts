import assert from "node:assert/strict";
import { test } from "node:test";
import { AccessLogEntry } from "./access-log-entry.ts";
import { encodeEntry, fullEntry } from "./testdata/access-log-messages.ts";

test("an entry says what Envoy said", () => {
  const entry = http(fullEntry);
  assert.deepEqual(Object.fromEntries(getters.map((name) => [name, entry[name]])), {
    type: "DownstreamEnd",
    isFinal: true,
    startTimeMs: Date.parse("2026-11-21T11:37:15.932Z"),
    durationMs: 16.5,
    firstUpstreamByteMs: 12,
    routeName: "shop#api",
    upstreamCluster: "shop",
    upstreamHost: "10.0.0.5:8080",
    upstreamAttempts: 2,
    upstreamFailure: "delayed connect error: 111",
    downstreamAddress: "10.1.2.3:5000",
    downstreamDirectAddress: "10.9.9.9:6000",
    downstreamLocalAddress: "[::1]:8443",
    downstreamFailure: "",
    terminationDetails: "ended",
    streamId: "7",
    tls: {
      version: "TLSv1_3",
      serverName: "shop.example.com",
      peerSubject: "CN=client",
      sessionId: "abcd",
      ja3: "ja3",
    },
    customTags: { tenant: "acme" },
    method: "POST",
    scheme: "https",
    authority: "shop.example.com",
    path: "/api/carts?x=1",
    originalPath: "/v1/carts",
    userAgent: "curl/8",
    referer: "https://example.com",
    forwardedFor: "10.1.2.3",
    requestId: "4f6f0b34-1d3a-9e2c-8f1e-0c6f1c6a2b11",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    protocol: "HTTP/2",
    status: 503,
    statusDetails: "upstream_reset_before_response_started",
    bytesReceived: 120,
    bytesSent: 141,
    requestHeaders: fullEntry.request.request_headers,
    responseHeaders: fullEntry.response.response_headers,
    responseTrailers: { "grpc-status": "14" },
  });
  assert.deepEqual(entry.flags.map(({ flag }) => flag).sort(), ["UAEX", "UF", "URX"]);
});

test("an entry that says nothing has texts and numbers all the same", () => {
  for (const entry of [http({}), new AccessLogEntry("tcp", new Uint8Array())]) {
    for (const name of ["path", "method", "authority", "routeName", "upstreamHost", "traceId"] as const) {
      assert.equal(entry[name], "", name);
    }
    assert.deepEqual([entry.status, entry.bytesSent, entry.flags, entry.durationMs], [0, 0, [], undefined]);
    assert.equal(entry.isFinal, true);
  }
});

test("a TCP entry has the bytes of its connection", () => {
  const bytes = encodeEntry("TCP", { connection_properties: { received_bytes: "5", sent_bytes: "7" } });
  const entry = new AccessLogEntry("tcp", bytes);
  assert.deepEqual([entry.bytesReceived, entry.bytesSent, entry.protocol], [5, 7, ""]);
});

for (const [properties, isFinal] of [
  [{}, true],
  [{ access_log_type: "TcpConnectionEnd" }, true],
  [{ access_log_type: "UdpSessionEnd" }, true],
  [{ access_log_type: "DownstreamStart" }, false],
  [{ access_log_type: "DownstreamPeriodic" }, false],
  [{ access_log_type: "UpstreamEnd" }, false],
  [{ access_log_type: "TcpPeriodic" }, false],
  [{ intermediate_log_entry: true }, false],
] as const) {
  test(`${JSON.stringify(properties)} is ${isFinal ? "the end of" : "no end of"} a request or connection`, () => {
    assert.equal(http({ common_properties: properties }).isFinal, isFinal);
  });
}

test("the JSON of an entry has no credentials", () => {
  const text = JSON.stringify(http(fullEntry).toJson());
  assert.match(text, /"path":"\/api\/carts\?x=1"/);
  assert.match(text, /"Authorization":"\[redacted\]"/);
  assert.doesNotMatch(text, /secret-/);
});

test("an entry that is malformed says what can be read of it", () => {
  const bytes = encodeEntry("HTTP", fullEntry);
  for (let length = 0; length < bytes.length; length++) {
    const entry = new AccessLogEntry("http", bytes.subarray(0, length));
    for (const name of getters) entry[name];
    entry.flags;
    entry.toJson();
  }
});

test("text that is not UTF-8 is shown with replacement characters", () => {
  const bytes = Buffer.from(encodeEntry("HTTP", { request: { path: "/~~~" } }));
  bytes[bytes.indexOf("~")] = 0xff;
  assert.equal(new AccessLogEntry("http", bytes).path, "/\ufffd~~");
});

const getters = [
  ...["type", "isFinal", "startTimeMs", "durationMs", "firstUpstreamByteMs", "routeName", "upstreamCluster"],
  ...["upstreamHost", "upstreamAttempts", "upstreamFailure", "downstreamAddress", "downstreamDirectAddress"],
  ...["downstreamLocalAddress", "downstreamFailure", "terminationDetails", "streamId", "tls", "customTags", "method"],
  ...["scheme", "authority", "path", "originalPath", "userAgent", "referer", "forwardedFor", "requestId", "traceId"],
  ...["protocol", "status", "statusDetails", "bytesReceived", "bytesSent", "requestHeaders", "responseHeaders"],
  "responseTrailers",
] as (keyof AccessLogEntry)[]; // the names are checked by the first test

function http(entry: object): AccessLogEntry {
  return new AccessLogEntry("http", encodeEntry("HTTP", entry));
}
