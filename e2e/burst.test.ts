import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { startLoad } from "./harness/load.ts";
import { edsCluster, endpoints, listener, routes } from "./harness/resources.ts";
import { grpcTransports } from "./harness/transports.ts";
import { startUpstream } from "./harness/upstream.ts";

const count = 200;

for (const transport of grpcTransports) {
  test(`${transport}: a burst of ${count} snapshots settles within 100 ms after the last, and costs no request`, async (t) => {
    const [first, last] = await Promise.all([startUpstream(t, "first"), startUpstream(t, "last")]);
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    // Each has another cluster: the one that Envoy is warming is mostly gone when it asks for its endpoints.
    const put = (round: number) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
          routes: [routes("local_route", `cluster-${round}`)],
          clusters: [edsCluster(`cluster-${round}`, transport)],
          endpoints: [endpoints(`cluster-${round}`, (round === count ? last : first).port)],
        },
      });
    await put(0);
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`, { perSecond: 500 });
    await load.next(({ result }) => result === "first");
    for (let round = 1; round <= count; round++) await put(round);
    const publishedAt = performance.now();
    await load.next(({ result }) => result === "last");
    assert.deepEqual(await load.stop(["first", "last"]), []);
    const old = load.outcomes.findLast(({ result }) => result === "first");
    const settledMs = Math.max(0, (old?.answeredAt ?? 0) - publishedAt);
    t.diagnostic(`it took ${settledMs.toFixed(1)} ms`);
    assert.ok(settledMs < 100, `it took ${settledMs} ms`);
  });
}
