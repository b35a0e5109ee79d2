import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { type LoadRow, loadHistory, loadRow } from "../../packages/chancery/src/services/load/api.ts";
import { type ControlPlane, startControlPlane } from "../harness/control-plane.ts";
import { type Envoy, startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { edsCluster, lbEndpoint, listener } from "../harness/resources.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";

const transport = "ads-delta";

test("an Envoy's load is seen by cluster, locality, endpoint and edge: requests, errors, in flight and drops", async (t) => {
  const held: (() => void)[] = [];
  const [good, bad, slow] = await Promise.all([
    startServer(t, (_, response) => response.end("fine")),
    startServer(t, (_, response) => response.writeHead(500).end("broken")),
    startServer(t, (_, response) => held.push(() => response.end("at last"))),
  ]);
  const [controlPlane, port] = await Promise.all([
    startControlPlane(t, { options: ["--load-interval", "0.3"] }),
    freePort(),
  ]);
  await controlPlane.put({
    resources: {
      listeners: [listener({ name: "listener_0", port, route: "paths", transport })],
      routes: [routesByPath("good", "bad", "slow", "shed")],
      clusters: ["good", "bad", "slow", "shed"].map((name) => edsCluster(name, transport)),
      endpoints: [
        assignment("good", "eu-1", good),
        assignment("bad", "eu-2", bad),
        assignment("slow", "eu-1", slow),
        {
          ...assignment("shed", "eu-1", good),
          policy: { drop_overloads: [{ category: "storm", drop_percentage: { numerator: 100 } }] },
        },
      ],
    },
  });
  const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort, loadReports: true });
  await envoy.ready();
  await reportsAgain(envoy, 2);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  await Promise.all([
    ...Array.from({ length: 20 }, () => get("/good")),
    ...Array.from({ length: 5 }, () => get("/bad")),
    ...Array.from({ length: 3 }, () => get("/shed")),
  ]);
  const waiting = get("/slow");

  const rows = await until("all is reported", async () => {
    const rows = await load(controlPlane, "cluster");
    const totals = Object.fromEntries(rows.map(({ cluster, totals }) => [cluster, totals]));
    const all = totals.good?.requests === "20" && totals.bad?.errors === "5" && totals.shed?.dropped === "3";
    return all && rows.some(({ cluster, inFlight }) => cluster === "slow" && inFlight === 1) && rows;
  });
  assert.equal(rows.find(({ cluster }) => cluster === "bad")?.totals.requests, "5");
  assert.equal(rows.find(({ cluster }) => cluster === "good")?.totals.errors, "0");

  const [endpoint] = await load(controlPlane, "endpoint", "&cluster=good");
  assert.partialDeepStrictEqual(endpoint, { endpoint: `127.0.0.1:${good}`, locality: { zone: "eu-1" } });
  assert.equal(endpoint?.totals.requests, "20");
  const [locality] = await load(controlPlane, "locality", "&cluster=bad");
  assert.partialDeepStrictEqual(locality, { locality: { region: "eu", zone: "eu-2" }, totals: { errors: "5" } });
  const [edge] = await load(controlPlane, "edge", "&cluster=good");
  assert.partialDeepStrictEqual(edge, { nodeCluster: "test-cluster", cluster: "good", nodes: 1 });

  const metrics = await (await fetch(`${controlPlane.url}/metrics`)).text();
  const labels = 'node_cluster="test-cluster",cluster="good",region="eu",zone="eu-1",sub_zone="",priority="0"';
  assert.match(metrics, new RegExp(`^chancery_load_requests_total\\{${labels}\\} 20$`, "m"));
  assert.match(
    metrics,
    /^chancery_load_dropped_total\{node_cluster="test-cluster",cluster="shed",category="storm"\} 3$/m,
  );

  for (const answer of held) answer();
  assert.equal(await waiting, "at last");
  const [ended] = await until("nothing is in flight", async () => {
    const rows = await load(controlPlane, "cluster", "&cluster=slow");
    return rows[0]?.inFlight === 0 && rows;
  });
  assert.equal(ended?.totals.requests, "1");
});

test("rates are what was sent, and the history has it when its time is over", async (t) => {
  const good = await startServer(t, (_, response) => response.end("fine"));
  const [controlPlane, port] = await Promise.all([
    startControlPlane(t, { options: ["--load-interval", "0.5"] }),
    freePort(),
  ]);
  await controlPlane.put({
    resources: {
      listeners: [listener({ name: "listener_0", port, route: "paths", transport })],
      routes: [routesByPath("good")],
      clusters: [edsCluster("good", transport)],
      endpoints: [assignment("good", "eu-1", good)],
    },
  });
  const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort, loadReports: true });
  await envoy.ready();
  let sent = 0;
  const timer = setInterval(() => {
    sent++;
    fetch(`http://127.0.0.1:${port}/good`).catch(() => {});
  }, 20);
  t.after(() => clearInterval(timer));
  const beganAt = performance.now();
  // A machine that is busy sends fewer; what Envoy tells is held against what was sent.
  await until("a rate near to what is sent", async () => {
    const [row] = await load(controlPlane, "cluster");
    const perSecond = (sent * 1_000) / (performance.now() - beganAt);
    return row !== undefined && Math.abs(row.requestsPerSecond / perSecond - 1) < 0.25;
  });
  await until(
    "the history has it",
    async () => {
      const answer = await fetch(`${controlPlane.url}/api/v1/load/history?cluster=good`);
      return loadHistory.parse(await answer.json()).points.some(({ requestsPerSecond }) => requestsPerSecond > 0);
    },
    { withinMs: 20_000 },
  );
});

test("a fleet that is told to stops to report, and to send statistics, and begins again, on the streams that there are", async (t) => {
  const good = await startServer(t, (_, response) => response.end("fine"));
  const [port, folder] = [await freePort(), await temporaryFolder(t)];
  const file = join(folder, "chancery.json");
  const write = (reports: object) =>
    writeFile(
      file,
      JSON.stringify({
        fleets: { all: { match: "*", ...reports } },
        gateways: { public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port } } } },
        services: { good: { endpoints: `127.0.0.1:${good}` } },
        routes: { good: { parents: "public", to: "good" } },
      }),
    );
  await write({ loadReports: true, metrics: true });
  const controlPlane = await startControlPlane(t, { paths: [file], options: ["--load-interval", "0.2"] });
  const reporting = { loadReports: true, metricsService: { flushIntervalMs: 200 } };
  const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort, ...reporting });
  await envoy.ready();
  const seen = async () => {
    await fetch(`http://127.0.0.1:${port}/`);
    const sending = /chancery_fleet_metrics_nodes\{state="sending"\} (\d)/;
    const [, nodes] = sending.exec(await metricsOf(controlPlane)) ?? [];
    return [(await load(controlPlane, "cluster", "&cluster=good")).length, nodes].join();
  };
  await until("it reports", async () => (await seen()) === "1,1");
  await write({ loadReports: false, metrics: false });
  await until("it does not any more", async () => (await seen()) === "0,0");
  const sent = async () => await envoy.stat("load_reporter.responses");
  const before = await sent();
  // Five intervals of its statistics.
  const flushes = async () => Number(/metrics_messages_total (\d+)/.exec(await metricsOf(controlPlane))?.[1]);
  const flushed = await flushes();
  await until("time passes", async () => (await flushes()) >= flushed + 5);
  assert.deepEqual([await sent(), await seen()], [before, "0,0"]);
  await write({ loadReports: true });
  await until("it reports again", async () => (await seen()) === "1,1");
});

async function metricsOf({ url }: ControlPlane): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** Envoy counts the requests to a cluster from the report that follows its arrival. */
async function reportsAgain(envoy: Envoy, times: number): Promise<void> {
  const sent = async () => Number(await envoy.stat("load_reporter.responses"));
  const before = await sent();
  await until("Envoy reports", async () => (await sent()) >= before + times);
}

async function load({ url }: ControlPlane, by: string, more = ""): Promise<LoadRow[]> {
  return z.array(loadRow).parse(await (await fetch(`${url}/api/v1/load?by=${by}${more}`)).json());
}

async function startServer(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has such an address.
  return (server.address() as AddressInfo).port;
}

function routesByPath(...clusters: readonly string[]): object {
  const routes = clusters.map((cluster) => ({ match: { prefix: `/${cluster}` }, route: { cluster } }));
  return { name: "paths", virtual_hosts: [{ name: "all", domains: ["*"], routes }] };
}

function assignment(cluster: string, zone: string, port: number): object {
  const endpoints = [{ locality: { region: "eu", zone }, load_balancing_weight: 1, lb_endpoints: [lbEndpoint(port)] }];
  return { cluster_name: cluster, endpoints };
}
