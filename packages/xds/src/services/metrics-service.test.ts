import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { status } from "@grpc/grpc-js";
import { GrpcServer } from "../grpc/index.ts";
import { callBidi, grpcClient, statusOf } from "../grpc/testdata/grpc-client.ts";
import { metricsServiceHandlers } from "./index.ts";

test("every metric is read as it was sent, of all types, message after message", async (t) => {
  const { open, heard } = await start(t);
  const stream = open();
  const label = [{ name: "envoy.cluster_name", value: "shöp" }];
  stream.write(
    message({
      identifier: { node: { id: "edge-1", cluster: "edge" } },
      envoy_metrics: [
        { name: "a", type: "COUNTER", metric: [{ label, counter: { value: 3 }, timestamp_ms: "1700000000001" }] },
        { name: "größe", type: "GAUGE", metric: [{ gauge: { value: -1.5 } }, { gauge: { value: 2 } }] },
        { name: "u", type: "UNTYPED", metric: [{ untyped: { value: 1 } }] },
      ],
    }),
  );
  stream.write(message({ envoy_metrics: [histogram, summary, { name: "empty", type: "GAUGE" }] }));
  stream.end();
  assert.equal((await statusOf(stream)).code, status.OK);
  const none = { labels: [], timestampMs: 0, count: 0, sum: 0, bounds: [], values: [] };
  const labels = [{ name: "envoy.cluster_name", value: "shöp" }];
  assert.deepEqual(heard, [
    { ...none, node: "edge-1", name: "a", type: "counter", value: 3, labels, timestampMs: 1_700_000_000_001 },
    { ...none, node: "edge-1", name: "größe", type: "gauge", value: -1.5 },
    { ...none, node: "edge-1", name: "größe", type: "gauge", value: 2 },
    { ...none, node: "edge-1", name: "u", type: "untyped", value: 1 },
    "end of message",
    {
      ...none,
      node: "edge-1",
      name: "h",
      type: "histogram",
      value: 0,
      count: 3,
      sum: 7.5,
      bounds: [1, 5],
      values: [1, 3],
    },
    { ...none, node: "edge-1", name: "s", type: "summary", value: 0, count: 3, sum: 7.5, bounds: [0.5], values: [2] },
    "end of message",
    "close",
  ]);
});

test("a family is read in whatever order its fields come", async (t) => {
  const { open, heard } = await start(t);
  const gauge = new WireWriter().tag(1, WireType.Fixed64).double(4).finish();
  const metric = new WireWriter().tag(2, WireType.Bytes).bytes(gauge).finish();
  const family = new WireWriter().tag(4, WireType.Bytes).bytes(metric).tag(3, WireType.Varint).varint(1);
  const bytes = family.tag(1, WireType.Bytes).string("late").finish();
  const stream = open();
  stream.write(message({ identifier: { node: { id: "n" } } }));
  stream.write(Buffer.from(new WireWriter().tag(2, WireType.Bytes).bytes(bytes).finish()));
  stream.end();
  await statusOf(stream);
  assert.partialDeepStrictEqual(heard[1], { name: "late", type: "gauge", value: 4 });
});

test("a message whose parts reach beyond each other is refused", async (t) => {
  const { open } = await start(t);
  for (const hex of ["120a0a7f", "12030a0561", "120422050a7f", "1206220222080a01"]) {
    const stream = open();
    stream.write(message({ identifier: { node: { id: "n" } } }));
    stream.write(Buffer.from(hex, "hex"));
    assert.equal((await statusOf(stream)).code, status.INVALID_ARGUMENT, hex);
  }
});

test("a message may be larger than those of other methods, and has a limit of its own", async (t) => {
  const { open, heard } = await start(t, 1_000_000);
  const large = open();
  large.write(
    message({ identifier: { node: { id: "n" } }, envoy_metrics: [{ name: "x".repeat(900_000), metric: [{}] }] }),
  );
  large.end();
  assert.equal((await statusOf(large)).code, status.OK);
  assert.equal(heard.length, 3);
  const larger = open();
  larger.write(message({ envoy_metrics: [{ name: "x".repeat(1_100_000) }] }));
  assert.equal((await statusOf(larger)).code, status.RESOURCE_EXHAUSTED);
  assert.equal(metricsServiceHandlers({ onStream: () => ({ metric() {} }) })[0]?.options?.maxReceiveBytes, 67_108_864);
});

const bucket = [
  { upper_bound: 1, cumulative_count: "1" },
  { upper_bound: 5, cumulative_count: "3" },
];
const histogram = {
  ...{ name: "h", type: "HISTOGRAM" },
  metric: [{ histogram: { sample_count: "3", sample_sum: 7.5, bucket } }],
};
const summary = {
  ...{ name: "s", type: "SUMMARY" },
  metric: [{ summary: { sample_count: "3", sample_sum: 7.5, quantile: [{ quantile: 0.5, value: 2 }] } }],
};

async function start(t: TestContext, maxReceiveBytes?: number) {
  const heard: unknown[] = [];
  const methods = metricsServiceHandlers({
    ...(maxReceiveBytes !== undefined && { maxReceiveBytes }),
    onStream: ({ node }) => ({
      metric({ name, type, labels, value, timestampMs, distribution }) {
        heard.push({ node: node.id, name, type, labels, value, timestampMs, ...distribution });
      },
      endOfMessage: () => heard.push("end of message"),
      close: () => heard.push("close"),
    }),
  });
  const server = new GrpcServer({ maxReceiveBytes: 500_000 });
  for (const { method, open, options } of methods) server.handle(method, open, options);
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  const client = grpcClient(t, address);
  return { heard, open: () => callBidi(client, "/envoy.service.metrics.v3.MetricsService/StreamMetrics") };
}

function message(body: object): Buffer {
  const encoded = encodeJson("envoy.service.metrics.v3.StreamMetricsMessage", body, { validate: false });
  assert(encoded.ok, JSON.stringify(encoded));
  return Buffer.from(encoded.bytes);
}
