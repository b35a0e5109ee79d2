import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { type TestContext, test } from "node:test";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { callBidi, grpcClient, nextMessage, statusOf } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import { type ClusterHealth, type HealthChecker, healthDiscoveryHandlers } from "./index.ts";

test("a checker says who it is and what it can, and is told what to check, again only when that changes", async (t) => {
  const { open, opened } = await start(t);
  const stream = open();
  stream.write(hello);
  const checker = await opened();
  assert.equal(checker.node.id, "edge-1");
  assert.deepEqual([...checker.protocols], ["HTTP", "TCP"]);
  checker.assign(specifier("/healthz"));
  assert.deepEqual(sent(await nextMessage(stream)), specified("/healthz"));
  checker.assign(specifier("/healthz"));
  checker.assign(specifier("/other"));
  assert.deepEqual(sent(await nextMessage(stream)), specified("/other"));
});

test("a report is read by cluster and locality, not from its flat list; one that says the same is told as such", async (t) => {
  const { open, reports, reported } = await start(t);
  const stream = open();
  stream.write(hello);
  stream.write(response("HEALTHY"));
  stream.write(response("HEALTHY"));
  stream.write(response("TIMEOUT"));
  await reported(3);
  const locality = { region: "eu", zone: "eu-1", subZone: "" };
  const shop = (status: string) => [
    {
      cluster: "shop",
      endpoints: [
        { address: "10.0.0.1:80", locality, status },
        { address: "/run/shop.sock", locality, status: "unknown" },
      ],
    },
    { cluster: "cart", endpoints: [] },
  ];
  assert.deepEqual(reports, [shop("healthy"), undefined, shop("timeout")]);
});

test("the end of a checker is told, after its last report", async (t) => {
  const { open, reports, closed } = await start(t);
  const stream = open();
  stream.write(hello);
  stream.write(response("UNHEALTHY"));
  stream.end();
  await statusOf(stream);
  assert.equal(reports.length, 1);
  assert.deepEqual(closed, ["edge-1"]);
});

test("what Envoy would refuse is not assigned, and its place is named", async (t) => {
  const { open, opened } = await start(t);
  const stream = open();
  stream.write(hello);
  const checker = await opened();
  assert.throws(() => checker.assign({ clusterHealthChecks: [{ clusterName: "a", healthChecks: [{}] }] }), {
    name: "TypeError",
    message: /^Cannot assign checks: cluster_?[hH]ealth_?[cC]hecks\[0\]\.health_?[cC]hecks\[0\]/,
  });
});

test("a stream that begins with a report is refused: nobody knows whose it is", async (t) => {
  const { open } = await start(t);
  const stream = open();
  stream.write(response("HEALTHY"));
  const { code, details } = await statusOf(stream);
  assert.equal(code, 3);
  assert.match(details, /it has no node/);
});

async function start(t: TestContext) {
  const events = new EventEmitter();
  const checkers: HealthChecker[] = [];
  const reports: (readonly ClusterHealth[] | undefined)[] = [];
  const closed: string[] = [];
  const handlers = healthDiscoveryHandlers({
    onOpen(checker) {
      checkers.push(checker);
      events.emit("open");
    },
    onReport(report) {
      reports.push(report && [...report]);
      events.emit("report");
    },
    onClose: ({ node }) => closed.push(node.id),
  });
  const { address } = await serve(t, Object.fromEntries(handlers.map(({ method, open }) => [method, open])));
  const client = grpcClient(t, address);
  return {
    ...{ reports, closed },
    open: () => callBidi(client, "/envoy.service.health.v3.HealthDiscoveryService/StreamHealthCheck"),
    async opened(): Promise<HealthChecker> {
      if (checkers.length === 0) await once(events, "open");
      const [checker] = checkers;
      assert(checker);
      return checker;
    },
    async reported(count: number): Promise<void> {
      while (reports.length < count) await once(events, "report");
    },
  };
}

const hello = request({
  health_check_request: { node: { id: "edge-1" }, capability: { health_check_protocols: ["HTTP", "TCP"] } },
});

function response(status: string): Buffer {
  const first = { socket_address: { address: "10.0.0.1", port_value: 80 } };
  return request({
    endpoint_health_response: {
      endpoints_health: [{ endpoint: { address: first }, health_status: "DRAINING" }],
      cluster_endpoints_health: [
        {
          cluster_name: "shop",
          locality_endpoints_health: [
            {
              locality: { region: "eu", zone: "eu-1" },
              endpoints_health: [
                { endpoint: { address: first }, health_status: status },
                { endpoint: { address: { pipe: { path: "/run/shop.sock" } } } },
              ],
            },
          ],
        },
        { cluster_name: "cart" },
      ],
    },
  });
}

function specifier(path: string) {
  return {
    interval: "0.250s",
    clusterHealthChecks: [
      {
        clusterName: "shop",
        healthChecks: [
          { interval: "5s", timeout: "1s", healthyThreshold: 1, unhealthyThreshold: 1, httpHealthCheck: { path } },
        ],
      },
    ],
  };
}

function specified(path: string) {
  const check = { http_health_check: { path }, unhealthy_threshold: 1, healthy_threshold: 1 };
  return {
    interval: "0.250s",
    cluster_health_checks: [{ cluster_name: "shop", health_checks: [{ timeout: "1s", interval: "5s", ...check }] }],
  };
}

function request(body: object): Buffer {
  const encoded = encodeJson("envoy.service.health.v3.HealthCheckRequestOrEndpointHealthResponse", body, {
    validate: false,
  });
  assert(encoded.ok, JSON.stringify(encoded));
  return Buffer.from(encoded.bytes);
}

function sent(bytes: Buffer): unknown {
  return decodeToJson("envoy.service.health.v3.HealthCheckSpecifier", bytes);
}
