import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { formatAddress } from "../packages/chancery/src/address.ts";
import { startControlPlane } from "../packages/chancery/src/control-plane.ts";
import { openServiceStream } from "./harness/service-stream.ts";

const services = [
  {
    name: "load",
    method: "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats",
    type: "envoy.service.load_stats.v3.LoadStatsRequest",
    toMessage: (node: object) => ({ node }),
  },
  {
    name: "fleet metrics",
    method: "/envoy.service.metrics.v3.MetricsService/StreamMetrics",
    type: "envoy.service.metrics.v3.StreamMetricsMessage",
    toMessage: (node: object) => ({ identifier: { node } }),
  },
  {
    name: "health",
    method: "/envoy.service.health.v3.HealthDiscoveryService/StreamHealthCheck",
    type: "envoy.service.health.v3.HealthCheckRequestOrEndpointHealthResponse",
    toMessage: (node: object) => ({ health_check_request: { node } }),
  },
] as const;

for (const { name, method, type, toMessage } of services) {
  test(`${name}: a node of a fleet that takes only verified clients is refused without a certificate, others are not`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "chancery-identity-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await writeFile(
      join(folder, "fleets.yaml"),
      "fleets:\n  edge: { match: [{ cluster: edge }], requireIdentity: true }\n  lab: { match: [{ cluster: lab }] }\n",
    );
    const free = { host: "127.0.0.1", port: 0 };
    await using controlPlane = await startControlPlane({ xds: free, http: free, paths: [folder] });
    for (const [cluster, code] of [
      ["edge", status.UNAUTHENTICATED],
      ["lab", status.OK],
    ] as const) {
      const stream = openServiceStream(formatAddress(controlPlane.xds), method, type);
      t.after(() => stream.close());
      stream.send(toMessage({ id: "node-1", cluster }));
      assert.equal((await stream.end()).code, code, cluster);
    }
  });
}
