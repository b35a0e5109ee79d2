import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { type OtlpLogRecord, readLogRecords } from "../../../../xds/src/services/otlp.ts";
import { silentLogger } from "../../logs.ts";
import { otlpSink } from "./otlp-sink.ts";
import { httpRecord } from "./testdata/records.ts";

test("entries are exported in the words of OpenTelemetry, without credentials", async (t) => {
  const collector = await startCollector(t);
  const sink = otlpSink({ url: collector.url, headers: { "x-key": "k" } }, silentLogger());
  sink.put(httpRecord());
  await sink.close();
  const [request] = collector.requests;
  assert.partialDeepStrictEqual(request, { path: "/v1/logs", key: "k", type: "application/x-protobuf" });
  const [record] = request?.records ?? [];
  assert.partialDeepStrictEqual(record, {
    resource: { "service.name": "edge", "service.instance.id": "edge-1", log_name: "front" },
    ...{ timeMs: Date.parse("2026-11-21T11:37:15.932Z"), severity: "ERROR" },
    body: "POST /api/carts?x=1 503 UF,UAEX,URX",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    attributes: {
      ...{ "http.request.method": "POST", "http.response.status_code": 503, "envoy.duration": 16.5 },
      ...{ "envoy.upstream_cluster": "shop", "http.request.header.authorization": "[redacted]" },
    },
  });
  assert.doesNotMatch(JSON.stringify(record), /secret-/);
  assert.deepEqual(sink.stats, { written: 1, lost: 0, queued: 0 });
});

test("an export that fails for a moment is tried again, and nothing is lost", async (t) => {
  const collector = await startCollector(t, [503, 429, 200]);
  const sink = otlpSink({ url: collector.url }, silentLogger());
  sink.put(httpRecord());
  await collector.answered(3);
  await sink.close();
  assert.deepEqual(sink.stats, { written: 1, lost: 0, queued: 0 });
  assert.equal(collector.requests.length, 3);
});

test("what the collector refuses, in whole or in part, is lost and counted", async (t) => {
  const collector = await startCollector(t, [400, 200], Buffer.from([0x0a, 0x02, 0x08, 0x02]));
  const sink = otlpSink({ url: collector.url }, silentLogger());
  sink.put(httpRecord());
  await collector.answered(1);
  for (let id = 2; id <= 4; id++) sink.put(httpRecord({}, id));
  await collector.answered(2);
  await sink.close();
  assert.deepEqual(sink.stats, { written: 1, lost: 3, queued: 0 });
});

test("entries that wait when the control plane ends are tried once more, then lost and counted", async () => {
  const sink = otlpSink({ url: "http://127.0.0.1:1" }, silentLogger());
  for (let id = 1; id <= 25_000; id++) sink.put(httpRecord({}, id));
  await sink.close();
  assert.deepEqual(sink.stats, { written: 0, lost: 25_000, queued: 0 });
});

/** Answers with each status once, then with the last; a good answer has `body`. */
async function startCollector(t: TestContext, statuses: readonly number[] = [200], body = Buffer.alloc(0)) {
  const requests: Received[] = [];
  const waiting: (() => void)[] = [];
  const answer = (response: ServerResponse) => {
    const status = statuses[Math.min(requests.length, statuses.length) - 1] ?? 200;
    response
      .writeHead(status)
      .end(status === 200 ? body : undefined, () => waiting.splice(0).forEach((tell) => void tell()));
  };
  const server = createServer(async (request, response) => {
    const { url: path = "", headers } = request;
    const records = [...readLogRecords(await buffer(request))];
    requests.push({ path, key: headers["x-key"], type: headers["content-type"], records });
    answer(response);
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async answered(count: number) {
      while (requests.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

interface Received {
  readonly path: string;
  readonly key: string | string[] | undefined;
  readonly type: string | undefined;
  readonly records: readonly OtlpLogRecord[];
}
