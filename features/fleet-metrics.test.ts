import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Chancery, startChancery } from "./harness/chancery.ts";
import { openServiceStream } from "./harness/service-stream.ts";

const method = "/envoy.service.metrics.v3.MetricsService/StreamMetrics";

test("fleet metrics: what nodes send is on one page, and the service's own state in the metrics", async (t) => {
  const chancery = await startChancery(t);
  const first = await send(t, chancery, "edge-1", 1);
  await send(t, chancery, "edge-2", 0);
  const response = await fetch(`${chancery.url}/metrics/fleet`);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.deepEqual((await response.text()).trimEnd().split("\n"), [
    "# TYPE envoy_server_live gauge",
    'envoy_server_live{node="edge-1",node_cluster="edge"} 1',
    'envoy_server_live{node="edge-2",node_cluster="edge"} 0',
  ]);
  assert.equal((await page(chancery, "?node=edge-2")).match(/^envoy/gm)?.length, 1);
  first.close();
  const gone = /^chancery_fleet_metrics_nodes\{state="gone"\} 1$/m;
  while (!gone.test(await (await fetch(`${chancery.url}/metrics`)).text()));
  assert.match(await page(chancery, ""), /node="edge-1"/);
});

test("fleet metrics: who prefers OpenMetrics gets it, and an empty page is a page", async (t) => {
  const chancery = await startChancery(t);
  const prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  const ask = async (accept: string) => {
    const response = await fetch(`${chancery.url}/metrics/fleet`, { headers: { accept } });
    return [response.headers.get("content-type")?.split(";")[0], await response.text()];
  };
  assert.deepEqual(await ask(prometheus), ["application/openmetrics-text", "# EOF\n"]);
  assert.deepEqual(await ask("text/plain"), ["text/plain", ""]);
  assert.deepEqual(await ask("application/openmetrics-text;q=0.1, text/plain"), ["text/plain", ""]);
});

test("fleet metrics: two Envoys of one id are named, with where they are", async (t) => {
  const chancery = await startChancery(t);
  const streams = [await send(t, chancery, "edge-1", 1), await send(t, chancery, "edge-1", 1)];
  const shared = async (count: number) => {
    const line = new RegExp(`^chancery_fleet_metrics_shared_nodes ${count}$`, "m");
    while (!line.test(await (await fetch(`${chancery.url}/metrics`)).text()));
  };
  await shared(0);
  for (let turn = 0; turn < 6; turn++) {
    const live = turn + 2;
    streams[turn % 2]?.send({
      envoy_metrics: [{ name: "server.live", type: "GAUGE", metric: [{ gauge: { value: live } }] }],
    });
    while (!(await page(chancery, "")).includes(`} ${live}\n`));
  }
  await shared(1);
  streams[0]?.close();
  await shared(0);
});

async function send(t: TestContext, chancery: Chancery, id: string, live: number) {
  const stream = openServiceStream(chancery.xds, method, "envoy.service.metrics.v3.StreamMetricsMessage");
  t.after(() => stream.close());
  stream.send({
    identifier: { node: { id, cluster: "edge" } },
    envoy_metrics: [
      { name: "server.live", type: "GAUGE", metric: [{ gauge: { value: live } }] },
      { name: "cluster.assignment_stale", type: "GAUGE", metric: [{ gauge: { value: 1 } }] },
    ],
  });
  while (!(await page(chancery, "")).includes(`node="${id}"`));
  return stream;
}

async function page({ url }: Chancery, query: string): Promise<string> {
  return (await fetch(`${url}/metrics/fleet${query}`)).text();
}
