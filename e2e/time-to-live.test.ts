import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { ask, startLoad } from "./harness/load.ts";
import { listener, routes, staticCluster } from "./harness/resources.ts";
import { until } from "./harness/until.ts";
import { startUpstream } from "./harness/upstream.ts";

// In SotW Envoy does not say that it could read a time to live, so it is not told of one.
for (const transport of ["ads-delta", "per-type-delta"] as const) {
  test(`${transport}: what has a time to live stays while the control plane lives, and expires with it`, async (t) => {
    const service = await startUpstream(t, "service1");
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    await controlPlane.put({
      resources: {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
        routes: [routes("local_route", "mortal")],
        clusters: [{ resource: staticCluster("mortal", service.port), ttl: "1s" }],
      },
    });
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const url = `http://127.0.0.1:${port}/`;
    const load = startLoad(t, url);
    await load.next(({ result }) => result === "service1");
    const since = performance.now();
    await load.next(({ sentAt }) => sentAt > since + 3_000);
    assert.deepEqual(await load.stop(["service1"]), []);
    // That it still lives is no change.
    assert.equal(await envoy.stat("cluster_manager.cluster_modified"), "0");

    await controlPlane.kill();
    await until("the cluster expires", async () => (await envoy.dump("dynamic_active_clusters")).length === 0);
    assert.match(await ask(url), /^503/);
  });
}
