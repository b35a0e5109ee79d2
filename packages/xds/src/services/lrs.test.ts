import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { callBidi, grpcClient, nextMessage, statusOf } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import { type ClusterLoad, type LrsOptions, lrsHandlers, NodeStreams } from "./index.ts";

const all = "envoy.lrs.supports_send_all_clusters";

test("a client that can is asked for all its clusters, at the interval and in the detail that is wanted", async (t) => {
  const { open } = await start(t, { intervalMs: 1_500, endpoints: true, clustersOf: () => assert.fail("not needed") });
  const stream = open();
  stream.write(request({ node: { id: "edge-1", client_features: [all] } }));
  assert.deepEqual(response(await nextMessage(stream)), {
    send_all_clusters: true,
    load_reporting_interval: "1.500s",
    report_endpoint_granularity: true,
  });
});

test("a client that cannot is told the names of clusters, and again when they change", async (t) => {
  let tell: ((names: readonly string[]) => void) | undefined;
  let stopped = false;
  const { open } = await start(t, {
    clustersOf(stream, told) {
      assert.equal(stream.node.id, "edge-1");
      tell = told;
      told(["b", "a", "a"]);
      return () => {
        stopped = true;
      };
    },
  });
  const stream = open();
  stream.write(request({ node: { id: "edge-1" } }));
  const interval = { load_reporting_interval: "10s" };
  assert.deepEqual(response(await nextMessage(stream)), { clusters: ["a", "b"], ...interval });
  tell?.(["a", "b"]);
  tell?.(["c"]);
  assert.deepEqual(response(await nextMessage(stream)), { clusters: ["c"], ...interval });
  stream.end();
  await statusOf(stream);
  assert(stopped);
});

test("a client of which nothing is wanted is told so, and again when something is; what it sends meanwhile is passed over", async (t) => {
  for (const node of [{ id: "edge-1", client_features: [all] }, { id: "edge-1" }]) {
    let tell: ((wanted: boolean) => void) | undefined;
    let stopped = false;
    const streams = new NodeStreams();
    const { open, reports } = await start(t, {
      streams,
      clustersOf(_, told) {
        told(["a"]);
        return () => {};
      },
      wants(_, told) {
        tell = told;
        told(false);
        return () => {
          stopped = true;
        };
      },
    });
    const stream = open();
    const wanted = "client_features" in node ? { send_all_clusters: true } : { clusters: ["a"] };
    stream.write(request({ node }));
    assert.deepEqual(response(await nextMessage(stream)), { load_reporting_interval: "86400s" });
    stream.write(request({ cluster_stats: [everything] }));
    while (streams.stats.messages < 2) await setImmediate();
    tell?.(false);
    tell?.(true);
    assert.deepEqual(response(await nextMessage(stream)), { ...wanted, load_reporting_interval: "10s" });
    stream.write(request({ cluster_stats: [{ ...everything, cluster_name: "now" }] }));
    stream.end();
    await statusOf(stream);
    assert.deepEqual([reports.map(([cluster]) => cluster?.cluster), stopped], [["now"], true]);
  }
});

test("a report is read as it was sent, and the one before the end too", async (t) => {
  const { open, reports, closed } = await start(t);
  const stream = open();
  stream.write(request({ node: { id: "edge-1", client_features: [all] } }));
  await nextMessage(stream);
  stream.write(request({ cluster_stats: [everything] }));
  stream.write(request({ cluster_stats: [{ cluster_name: "quiet", load_report_interval: "10s" }] }));
  stream.end();
  await statusOf(stream);
  assert.deepEqual(
    reports.map(([cluster]) => cluster?.cluster),
    ["shop", "quiet"],
  );
  assert.deepEqual(closed, ["edge-1"]);
  assert.deepEqual(reports[0], [
    {
      cluster: "shop",
      serviceName: "shop-eds",
      intervalMs: 10_001.5,
      dropped: 3n,
      drops: [{ category: "lb", count: 3n }],
      localities: [
        {
          locality: { region: "eu", zone: "eu-1", subZone: "a" },
          priority: 1,
          issued: 18_446_744_073_709_551_615n,
          successful: 9_007_199_254_740_993n,
          errors: 2n,
          inProgress: 4n,
          activeConnections: 5n,
          newConnections: 6n,
          failedConnections: 7n,
          metrics: [{ name: "cpu", count: 2n, total: 0.5 }],
          endpoints: [
            { address: "10.0.0.1:80", issued: 1n, successful: 1n, errors: 0n, inProgress: 0n, metrics: [] },
            { address: "[::1]:80", issued: 2n, successful: 1n, errors: 1n, inProgress: 0n, metrics: [] },
            { address: "/run/shop.sock", issued: 0n, successful: 0n, errors: 0n, inProgress: 9n, metrics: [] },
            { address: "envoy://inner/7", issued: 0n, successful: 0n, errors: 0n, inProgress: 1n, metrics: [] },
          ],
        },
      ],
    },
  ]);
});

test("an interval that makes no sense is refused", () => {
  assert.throws(() => lrsHandlers({ onReport() {}, intervalMs: 0 }), { message: /^intervalMs is 0/ });
});

const everything = {
  cluster_name: "shop",
  cluster_service_name: "shop-eds",
  load_report_interval: "10.0015s",
  total_dropped_requests: "3",
  dropped_requests: [{ category: "lb", dropped_count: "3" }],
  upstream_locality_stats: [
    {
      locality: { region: "eu", zone: "eu-1", sub_zone: "a" },
      priority: 1,
      total_issued_requests: "18446744073709551615",
      total_successful_requests: "9007199254740993",
      total_error_requests: "2",
      total_requests_in_progress: "4",
      total_active_connections: "5",
      total_new_connections: "6",
      total_fail_connections: "7",
      load_metric_stats: [{ metric_name: "cpu", num_requests_finished_with_metric: "2", total_metric_value: 0.5 }],
      upstream_endpoint_stats: [
        {
          address: { socket_address: { address: "10.0.0.1", port_value: 80 } },
          total_issued_requests: "1",
          total_successful_requests: "1",
        },
        {
          address: { socket_address: { address: "::1", port_value: 80 } },
          total_issued_requests: "2",
          total_successful_requests: "1",
          total_error_requests: "1",
        },
        { address: { pipe: { path: "/run/shop.sock" } }, total_requests_in_progress: "9" },
        {
          address: { envoy_internal_address: { server_listener_name: "inner", endpoint_id: "7" } },
          total_requests_in_progress: "1",
        },
      ],
    },
  ],
};

async function start(t: TestContext, options: Partial<LrsOptions> = {}) {
  const reports: (readonly ClusterLoad[])[] = [];
  const closed: string[] = [];
  const handlers = lrsHandlers({
    onReport: (clusters) => reports.push([...clusters]),
    onClose: ({ node }) => closed.push(node.id),
    ...options,
  });
  const { address } = await serve(t, Object.fromEntries(handlers.map(({ method, open }) => [method, open])));
  const client = grpcClient(t, address);
  return {
    ...{ reports, closed },
    open: () => callBidi(client, "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats"),
  };
}

function request(body: object): Buffer {
  const encoded = encodeJson("envoy.service.load_stats.v3.LoadStatsRequest", body, { validate: false });
  assert(encoded.ok, JSON.stringify(encoded));
  return Buffer.from(encoded.bytes);
}

function response(bytes: Buffer): unknown {
  return decodeToJson("envoy.service.load_stats.v3.LoadStatsResponse", bytes);
}
