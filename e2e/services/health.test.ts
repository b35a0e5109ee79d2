import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { type HealthReport, healthReport } from "../../packages/chancery/src/services/health/api.ts";
import { type ControlPlane, startControlPlane } from "../harness/control-plane.ts";
import { type Envoy, startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";

const intervalMs = 400;
const unhealthyThreshold = 2;
/** What is promised: so long after an upstream died every Envoy knows it. */
const withinMs = intervalMs * unhealthyThreshold + 500;

test("an upstream that dies is taken out by the control plane's own checks in time, and taken in again", async (t) => {
  const { upstreams, controlPlane, envoys, port } = await start(t, { by: "control-plane", envoys: 1 });
  const [envoy] = envoys;
  const [victim] = upstreams;
  assert(envoy && victim);
  const updates = await clusterUpdates(envoy);
  await hasVerdict(controlPlane, victim.port, "healthy");
  const ms = await dies(envoy, victim);
  t.diagnostic(`Envoy knew after ${ms} ms, of ${withinMs}`);
  assert(ms <= withinMs, `${ms} ms`);
  for (let i = 0; i < 20; i++) assert.notEqual(await ask(port), victim.name);
  const { votes = [] } = (await endpointOf(controlPlane, victim.port)) ?? {};
  assert.partialDeepStrictEqual(votes, [{ checker: "control-plane", healthy: false, reason: "connection refused" }]);
  // All that Envoy got was the endpoints.
  assert.deepEqual(await clusterUpdates(envoy), updates);
  await victim.start();
  await until("it is back", async () => (await healthIn(envoy, victim.port)) === "healthy");
});

test("an upstream that dies is taken out by the Envoys that check it, for those too that do not", async (t) => {
  const { upstreams, controlPlane, envoys } = await start(t, { by: "fleet", envoys: 3 });
  const bystander = await startEnvoy(t, { transport: "ads-delta", xdsPort: controlPlane.xdsPort, nodeId: "other-1" });
  await bystander.ready();
  const [victim, second] = upstreams;
  assert(victim && second);
  await hasVerdict(controlPlane, victim.port, "healthy", 3);
  assert.equal((await report(controlPlane)).checkers.length, 3);
  const ms = await dies(bystander, victim);
  t.diagnostic(`The other Envoy knew after ${ms} ms, of ${withinMs}`);
  assert(ms <= withinMs, `${ms} ms`);
  const found = await endpointOf(controlPlane, victim.port);
  assert.partialDeepStrictEqual(found, { checkers: 3, verdict: "unhealthy" });
  assert.partialDeepStrictEqual(await endpointOf(controlPlane, second.port), { verdict: "healthy", unhealthy: 0 });

  // One checker goes: the others decide, and nothing flaps.
  await fetch(`${envoys[0]?.url}/quitquitquit`, { method: "POST" });
  await until("it does not count any more", async () => (await endpointOf(controlPlane, second.port))?.checkers === 2);
  assert.partialDeepStrictEqual(await endpointOf(controlPlane, second.port), { verdict: "healthy", unhealthy: 0 });
  await victim.start();
  await until("it is back", async () => (await healthIn(bystander, victim.port)) === "healthy");
});

interface Upstream {
  readonly name: string;
  readonly port: number;
  start(): Promise<void>;
  stop(): void;
}

interface Options {
  readonly by: "fleet" | "control-plane";
  readonly envoys: number;
}

/** Starts three upstreams of one service, a control plane that serves it, and Envoys that may check it. */
async function start(t: TestContext, { by, envoys: count }: Options) {
  const upstreams = await Promise.all(["one", "two", "three"].map((name) => startUpstream(t, name)));
  const port = await freePort();
  const file = join(await temporaryFolder(t), "chancery.json");
  const active = { by, http: "/healthz", interval: `${intervalMs}ms`, timeout: "300ms", unhealthyThreshold };
  const config = {
    fleets: { edge: { match: "edge-*", healthChecks: true }, other: { match: "other-*", gateways: ["idle"] } },
    gateways: {
      public: { listeners: { http: { protocol: "HTTP", port } } },
      idle: { listeners: { http: { protocol: "HTTP", port: await freePort() } } },
    },
    services: { shop: { endpoints: upstreams.map(({ port }) => `127.0.0.1:${port}`), health: { active } } },
    routes: { shop: { parents: ["public/http", "idle/http"], to: "shop" } },
  };
  await writeFile(file, JSON.stringify(config));
  const controlPlane = await startControlPlane(t, { paths: [file] });
  const envoys = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      startEnvoy(t, {
        ...{ transport: "ads-delta", xdsPort: controlPlane.xdsPort, healthChecks: by === "fleet" },
        nodeId: `edge-${i + 1}`,
      }),
    ),
  );
  await Promise.all(envoys.map((envoy) => envoy.ready()));
  return { upstreams, controlPlane, envoys, port };
}

async function startUpstream(t: TestContext, name: string): Promise<Upstream> {
  const server = createServer((_, response) => response.end(name));
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  await listen(0);
  t.after(stop);
  // It listens on a port, so it has this kind of address.
  const { port } = server.address() as AddressInfo;
  return { name, port, stop, start: () => listen(port) };
}

/** Ends an upstream, and returns after how many milliseconds an Envoy holds it for unhealthy. */
async function dies(envoy: Envoy, upstream: Upstream): Promise<number> {
  const startMs = performance.now();
  upstream.stop();
  await until("Envoy knows", async () => (await healthIn(envoy, upstream.port)) === "unhealthy");
  return Math.round(performance.now() - startMs);
}

async function hasVerdict(controlPlane: ControlPlane, port: number, verdict: string, checkers = 1): Promise<void> {
  await until(`${port} is ${verdict}`, async () => {
    const found = await endpointOf(controlPlane, port);
    return found?.verdict === verdict && found.votes.length === checkers;
  });
}

async function endpointOf(controlPlane: ControlPlane, port: number) {
  const { services } = await report(controlPlane);
  return services[0]?.endpoints.find(({ address }) => address === `127.0.0.1:${port}`);
}

async function report({ url }: ControlPlane): Promise<HealthReport> {
  return healthReport.parse(await (await fetch(`${url}/api/v1/health?service=shop`)).json());
}

const statuses = z.object({
  cluster_statuses: z.array(
    z.object({
      name: z.string(),
      host_statuses: z
        .array(
          z.object({
            address: z.object({ socket_address: z.object({ port_value: z.number() }) }),
            health_status: z.object({ eds_health_status: z.string() }),
          }),
        )
        .default([]),
    }),
  ),
});

/** What an Envoy was told of the health of an endpoint. */
async function healthIn(envoy: Envoy, port: number): Promise<"healthy" | "unhealthy" | undefined> {
  const { cluster_statuses: clusters } = statuses.parse(
    await (await fetch(`${envoy.url}/clusters?format=json`)).json(),
  );
  const hosts = clusters.find(({ name }) => name === "shop")?.host_statuses;
  const host = hosts?.find(({ address }) => address.socket_address.port_value === port);
  return host && (host.health_status.eds_health_status === "UNHEALTHY" ? "unhealthy" : "healthy");
}

async function clusterUpdates(envoy: Envoy): Promise<readonly (string | undefined)[]> {
  return Promise.all(["cluster_manager.cds.update_success", "listener_manager.lds.update_success"].map(envoy.stat));
}

async function ask(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`)).text();
}
