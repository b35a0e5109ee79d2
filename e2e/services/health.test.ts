import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { type HealthReport, healthReport } from "../../packages/chancery/src/services/health/api.ts";
import { selfSigned } from "../harness/certificate.ts";
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

test("Envoys check over TLS, with the authority that the service has", async (t) => {
  const { certificate, key } = await selfSigned(t, "shop", ["shop.example.com"]);
  const server = createHttpsServer({ cert: certificate, key }, (_, response) => response.end("fine"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  // It listens on a port, so it has this kind of address.
  const { port } = server.address() as AddressInfo;
  const check = (ca: string) => ({
    endpoints: `127.0.0.1:${port}`,
    tls: { ca, sni: "shop.example.com" },
    health: { active: { by: "fleet", http: "/", interval: "200ms", timeout: "1s", unhealthyThreshold: 1 } },
  });
  const other = await selfSigned(t, "other");
  const { controlPlane, envoys } = await startConfig(t, 1, {
    fleets: { edge: { match: "edge-*", healthChecks: true } },
    gateways: { public: { listeners: { http: { protocol: "HTTP", port: await freePort() } } } },
    certificates: {
      ours: { kind: "ca", inline: { ca: certificate } },
      other: { kind: "ca", inline: { ca: other.certificate } },
    },
    services: { shop: check("ours"), wrong: check("other") },
    routes: { shop: { parents: "public/http", to: ["shop", "wrong"] } },
  });
  assert.equal(envoys.length, 1);
  await hasVerdict(controlPlane, port, "healthy");
  await until("the other one fails", async () => {
    const { services } = await report(controlPlane, "wrong");
    return services[0]?.endpoints[0]?.verdict === "unhealthy";
  });
});

test("an endpoint that is added leaves what its checkers know of the others", async (t) => {
  const { upstreams, controlPlane, envoys, write } = await start(t, { by: "fleet", envoys: 1, first: 2 });
  const [one, two, three] = upstreams;
  assert(one && two && three && envoys[0]);
  await hasVerdict(controlPlane, one.port, "healthy");
  await hasVerdict(controlPlane, two.port, "healthy");
  const changes = await changesOf(controlPlane);
  await write(3);
  await hasVerdict(controlPlane, three.port, "healthy");
  assert.equal(await changesOf(controlPlane), changes + 1);
});

test("Envoy's own checks ask the port that is said", async (t) => {
  const [shop, probe] = await Promise.all([startUpstream(t, "shop"), startUpstream(t, "probe")]);
  const active = { http: "/", port: probe.port, interval: "100ms", timeout: "1s", unhealthyThreshold: 1 };
  const { envoys } = await startConfig(t, 1, {
    fleets: { edge: { match: "edge-*" } },
    gateways: { public: { listeners: { http: { protocol: "HTTP", port: await freePort() } } } },
    services: { shop: { endpoints: `127.0.0.1:${shop.port}`, health: { active } } },
    routes: { shop: { parents: "public/http", to: "shop" } },
  });
  const [envoy] = envoys;
  assert(envoy);
  const healthy = (count: string) => async () => (await envoy.stat("cluster.shop.membership_healthy")) === count;
  await until("it is healthy", healthy("1"));
  assert.equal(await envoy.stat("cluster.shop.health_check.failure"), "0");
  assert(probe.asked() > 0);
  assert.equal(shop.asked(), 0);
});

interface Upstream {
  readonly name: string;
  readonly port: number;
  /** How many requests it got. */
  asked(): number;
  start(): Promise<void>;
  stop(): void;
}

interface Options {
  readonly by: "fleet" | "control-plane";
  readonly envoys: number;
  /** How many of the upstreams are in the configuration at first; all by default. */
  readonly first?: number;
}

/** Starts three upstreams of one service, a control plane that serves it, and Envoys that may check it. */
async function start(t: TestContext, { by, envoys: count, first = 3 }: Options) {
  const upstreams = await Promise.all(["one", "two", "three"].map((name) => startUpstream(t, name)));
  const [port, idlePort] = await Promise.all([freePort(), freePort()]);
  const active = { by, http: "/healthz", interval: `${intervalMs}ms`, timeout: "300ms", unhealthyThreshold };
  const toConfig = (upstreams: readonly Upstream[]) => ({
    fleets: { edge: { match: "edge-*", healthChecks: true }, other: { match: "other-*", gateways: ["idle"] } },
    gateways: {
      public: { listeners: { http: { protocol: "HTTP", port } } },
      idle: { listeners: { http: { protocol: "HTTP", port: idlePort } } },
    },
    services: { shop: { endpoints: upstreams.map(({ port }) => `127.0.0.1:${port}`), health: { active } } },
    routes: { shop: { parents: ["public/http", "idle/http"], to: "shop" } },
  });
  const { write, ...started } = await startConfig(t, count, toConfig(upstreams.slice(0, first)));
  return { ...started, upstreams, port, write: (count: number) => write(toConfig(upstreams.slice(0, count))) };
}

/** Starts a control plane that serves a model, and Envoys that check endpoints for it. */
async function startConfig(t: TestContext, count: number, config: object) {
  const file = join(await temporaryFolder(t), "chancery.json");
  const write = (config: object) => writeFile(file, JSON.stringify(config));
  await write(config);
  const controlPlane = await startControlPlane(t, { paths: [file] });
  const options = { transport: "ads-delta", xdsPort: controlPlane.xdsPort, healthChecks: true } as const;
  const envoys = await Promise.all(
    Array.from({ length: count }, (_, i) => startEnvoy(t, { ...options, nodeId: `edge-${i + 1}` })),
  );
  await Promise.all(envoys.map((envoy) => envoy.ready()));
  return { controlPlane, envoys, write };
}

async function startUpstream(t: TestContext, name: string): Promise<Upstream> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end(name);
  });
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
  return { name, port, stop, asked: () => asked, start: () => listen(port) };
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

/** How often endpoints turned healthy or unhealthy. */
async function changesOf({ url }: ControlPlane): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^chancery_health_changes_total (\d+)$/m.exec(metrics)?.[1]);
}

async function report({ url }: ControlPlane, service = "shop"): Promise<HealthReport> {
  return healthReport.parse(await (await fetch(`${url}/api/v1/health?service=${service}`)).json());
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
