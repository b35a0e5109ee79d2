import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Transport } from "../packages/chancery/src/bootstrap/bootstrap.ts";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { startLoad } from "./harness/load.ts";
import { edsCluster, endpoints, listener, routes } from "./harness/resources.ts";
import { grpcTransports } from "./harness/transports.ts";
import { startUpstream } from "./harness/upstream.ts";

const rounds = process.env.CHANCERY_LONG === "1" ? 500 : 100;

for (const transport of grpcTransports) {
  test(`${transport}: ${rounds} swaps of a cluster together with its route cost no request`, async (t) => {
    await moveTraffic(t, transport, (round) => [`cluster-${round}`]);
  });

  test(`${transport}: ${rounds} clusters that are used as soon as they are there cost no request`, async (t) => {
    const added: string[] = [];
    await moveTraffic(t, transport, (round) => {
      added.push(`cluster-${round}`);
      return added;
    });
  });
}

/** Each round is one snapshot: its clusters, their endpoints, and all traffic routed to the last of them. */
async function moveTraffic(t: TestContext, transport: Transport, clustersOf: (round: number) => readonly string[]) {
  const upstreams = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
  const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
  const upstreamOf = (round: number) => upstreams[round % 2 === 0 ? 0 : 1];
  const put = (round: number) => {
    const clusters = clustersOf(round);
    return controlPlane.put({
      resources: {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
        routes: [routes("local_route", `cluster-${round}`)],
        clusters: clusters.map((name) => edsCluster(name, transport)),
        endpoints: clusters.map((name) => endpoints(name, upstreamOf(roundOf(name)).port)),
      },
    });
  };
  await put(0);
  const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  // A moment without the cluster that the route names shows only where requests are dense.
  const load = startLoad(t, `http://127.0.0.1:${port}/`, { perSecond: 500 });
  const since = performance.now();
  for (let round = 1; round <= rounds; round++) {
    await put(round);
    await load.next(({ result }) => result === upstreamOf(round).name);
  }
  const seconds = ((performance.now() - since) / 1_000).toFixed(1);
  const failed = await load.stop(["service1", "service2"]);
  t.diagnostic(`${failed.length} of ${load.outcomes.length} requests failed in ${seconds} s`);
  assert.deepEqual(failed, []);
}

function roundOf(cluster: string): number {
  return Number(cluster.slice("cluster-".length));
}
