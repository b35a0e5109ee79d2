import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startControlPlane } from "../harness/control-plane.ts";
import { type EnvoyOptions, startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { ask } from "../harness/load.ts";
import { type PrometheusFamily, preparePrometheus } from "../harness/prometheus.ts";
import { listener, routes, staticCluster } from "../harness/resources.ts";
import { Missing } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

const transport = "ads-delta";

for (const counters of ["cumulative", "deltas"] as const) {
  test(`${counters}: the statistics of two Envoys are one page that Prometheus reads, and stay right as they grow`, async (t) => {
    const prometheus = await preparePrometheus().catch((error: unknown) => {
      if (!(error instanceof Missing)) throw error;
      t.skip(`${error.message}: no parser`);
    });
    if (prometheus === undefined) return;
    const fleet = await startFleet(t, { flushIntervalMs: 200, counters });
    await Promise.all(fleet.ports.map((port) => get(port, 10)));
    const read = async () => {
      const page = await (await fetch(`${fleet.url}/metrics/fleet`)).text();
      return prometheus.parse(page);
    };
    const shopOf = (family: PrometheusFamily | undefined, node: string) =>
      family?.metrics.find(({ labels }) => labels.node === node && labels.envoy_cluster_name === "shop");
    for (const [round, requests] of [10, 20].entries()) {
      if (round > 0) await Promise.all(fleet.ports.map((port) => get(port, 10)));
      const page = await until(`${requests} requests are on the page`, async () => {
        const page = await read();
        const total = page.get("envoy_cluster_upstream_rq_total");
        const time = page.get("envoy_cluster_upstream_rq_time");
        const all = nodes.every(
          (node) => shopOf(total, node)?.value === requests && shopOf(time, node)?.count === requests,
        );
        return all && page;
      });
      assert.equal(page.get("envoy_cluster_upstream_rq_total")?.type, "COUNTER");
      assert.equal(page.get("envoy_server_live")?.type, "GAUGE");
      assert.equal(page.get("envoy_cluster_upstream_rq_time")?.type, "HISTOGRAM");
      const time = shopOf(page.get("envoy_cluster_upstream_rq_time"), "edge-1");
      const counts = Object.values(time?.buckets ?? {});
      assert.equal(Math.max(...counts), requests);
      assert(counts.length > 10, "the histogram has few buckets");
    }
    const open = await (
      await fetch(`${fleet.url}/metrics/fleet`, { headers: { accept: "application/openmetrics-text;version=1.0.0" } })
    ).text();
    assert.match(open, /^# TYPE envoy_cluster_upstream_rq_time histogram$/m);
    assert.match(open, /\n# EOF\n$/);
  });
}

test("only what is wanted is kept, and names and labels are those of Envoy's own page for Prometheus", async (t) => {
  const fleet = await startFleet(t, { flushIntervalMs: 200 }, ["--fleet-metrics", "envoy_cluster_upstream_*"]);
  await Promise.all(fleet.ports.map((port) => get(port, 1)));
  const line = /^(envoy_[a-z_]+)\{[^}]*envoy_cluster_name="shop"/;
  const own = await (await fetch(`${fleet.adminUrl}/stats/prometheus?usedonly`)).text();
  const ownNames = namesOf(own, line).filter((name) => name.startsWith("envoy_cluster_upstream_"));
  assert(ownNames.length > 10, "Envoy shows few statistics");
  const page = await until("all of them are there", async () => {
    const page = await (await fetch(`${fleet.url}/metrics/fleet`)).text();
    const names = new Set(namesOf(page, line));
    return ownNames.every((name) => names.has(name)) && page;
  });
  assert.deepEqual(
    namesOf(page, /^# TYPE (\S+)/).filter((name) => !name.startsWith("envoy_cluster_upstream_")),
    [],
  );
});

const nodes = ["edge-1", "edge-2"];

async function startFleet(
  t: TestContext,
  metricsService: NonNullable<EnvoyOptions["metricsService"]>,
  options: readonly string[] = [],
) {
  const [controlPlane, upstream] = await Promise.all([startControlPlane(t, { options }), startUpstream(t, "shop")]);
  const envoys = await Promise.all(
    nodes.map(async (nodeId) => {
      const port = await freePort();
      await controlPlane.put({
        node: nodeId,
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "all", transport })],
          routes: [routes("all", "shop")],
          clusters: [staticCluster("shop", upstream.port)],
        },
      });
      const envoy = await startEnvoy(t, { nodeId, transport, xdsPort: controlPlane.xdsPort, metricsService });
      await envoy.ready();
      return { envoy, port };
    }),
  );
  return { url: controlPlane.url, ports: envoys.map(({ port }) => port), adminUrl: envoys[0]?.envoy.url ?? "" };
}

async function get(port: number, times: number): Promise<void> {
  for (let time = 0; time < times; time++) assert.equal(await ask(`http://127.0.0.1:${port}/`), "shop");
}

function namesOf(page: string, line: RegExp): string[] {
  return page.split("\n").flatMap((text) => line.exec(text)?.[1] ?? []);
}
