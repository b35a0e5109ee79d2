// How long after an upstream died an xDS client is told so, found by real Envoys and by the control plane itself:
// `npm run build && node --conditions=chancery-source bench/health-checks.ts [--json]`.
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { toBootstrap } from "../packages/chancery/src/bootstrap/bootstrap.ts";
import { ensureEnvoy } from "../packages/chancery/src/bootstrap/envoy-binary.ts";
import { startEnvoyProcess } from "../packages/chancery/src/bootstrap/envoy-process.ts";
import { type HealthReport, healthReport } from "../packages/chancery/src/services/health/api.ts";
import { chancery } from "./contenders.ts";
import { printAims } from "./goal-lines.ts";
import { EndpointWatch } from "./health-checks/endpoint-watch.ts";
import { percentile } from "./percentile.ts";
import { printMetrics } from "./program.ts";
import { type Server, startServer } from "./server.ts";

const intervalMs = 500;
const unhealthyThreshold = 2;
/** What is promised. */
const withinMs = intervalMs * unhealthyThreshold + 500;
const upstreamCount = 10;
const checkerCount = 3;
const patienceMs = 60_000;

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
const { signal } = interrupted;

const fleet = await measure("fleet");
const own = await measure("control-plane");
const metrics = {
  fleet_p50_ms: percentile(fleet, 0.5),
  fleet_max_ms: Math.max(...fleet),
  own_p50_ms: percentile(own, 0.5),
  own_max_ms: Math.max(...own),
};
printMetrics(metrics);
printAims(metrics, [
  { figure: "fleet_max_ms", atMost: withinMs },
  { figure: "own_max_ms", atMost: withinMs },
]);

/** One upstream after the other dies, for good: the milliseconds until the client is told of each. */
async function measure(by: "fleet" | "control-plane"): Promise<readonly number[]> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "chancery-bench-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const upstreams = await Promise.all(Array.from({ length: upstreamCount }, () => startUpstream(opened)));
  const active = { by, http: "/", interval: `${intervalMs}ms`, timeout: `${intervalMs / 2}ms`, unhealthyThreshold };
  const file = join(folder, "model.yaml");
  const model = {
    fleets: { edge: { match: "*", healthChecks: true } },
    gateways: { public: { listeners: { http: { protocol: "HTTP", port: 1 } } } },
    services: { shop: { endpoints: upstreams.map(({ port }) => `127.0.0.1:${port}`), health: { active } } },
    routes: { shop: { parents: "public/http", to: "shop" } },
  };
  await writeFile(file, JSON.stringify(model));
  const contender = chancery();
  const args = [...contender.args, "--state", "none", file];
  const server = opened.use(await startServer({ ...contender, args }, signal));
  const checkers = by === "fleet" ? checkerCount : 0;
  for (let index = 1; index <= checkers; index++) await startChecker(`edge-${index}`, { server, folder, opened });
  await allHealthy(server, Math.max(1, checkers));

  const watch = opened.use(await EndpointWatch.open(server, "shop"));
  const times: number[] = [];
  // Less than half of them, or rather the checks fail.
  for (const { port, server: upstream } of upstreams.slice(0, Math.floor(upstreamCount / 2) - 1)) {
    // At any moment between two checks.
    await pause(Math.random() * intervalMs, undefined, { signal });
    const beganMs = performance.now();
    upstream.close();
    upstream.closeAllConnections();
    await watch.unhealthy(port, patienceMs);
    times.push(performance.now() - beganMs);
  }
  return times;
}

async function startUpstream(opened: AsyncDisposableStack): Promise<{ readonly server: HttpServer; port: number }> {
  const server = createServer((_, response) => response.end("fine")).listen(0, "127.0.0.1");
  await once(server, "listening");
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  // It listens on a port, so it has this kind of address.
  return { server, port: (server.address() as AddressInfo).port };
}

interface CheckerContext {
  readonly server: Server;
  readonly folder: string;
  readonly opened: AsyncDisposableStack;
}

async function startChecker(nodeId: string, { server, folder, opened }: CheckerContext): Promise<void> {
  const bootstrap = toBootstrap({
    ...{ nodeId, cluster: "edge", transport: "ads-delta", healthChecks: true },
    controlPlane: { host: "127.0.0.1", port: Number(server.xds.split(":")[1]) },
    admin: { host: "127.0.0.1", port: 0 },
  });
  const { path: binary } = await ensureEnvoy(process.env);
  const own = join(folder, nodeId);
  await mkdir(own);
  const envoy = await startEnvoyProcess({
    ...{ binary, bootstrap, folder: own },
    args: ["--concurrency", "1", "-l", "error"],
  });
  opened.defer(() => envoy.stop());
}

/** Waits until so many have said of each endpoint that it is well. */
async function allHealthy({ http }: Server, votes: number): Promise<void> {
  const isHealthy = ({ services }: HealthReport) =>
    services.length > 0 &&
    services.every(({ endpoints }) =>
      endpoints.every((endpoint) => endpoint.verdict === "healthy" && endpoint.votes.length === votes),
    );
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  for (;;) {
    const response = await fetch(`http://${http}/api/v1/health`, { signal: limit });
    if (isHealthy(healthReport.parse(await response.json()))) return;
    await pause(50, undefined, { signal: limit });
  }
}
