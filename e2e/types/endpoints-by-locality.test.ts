import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { startLoad } from "../harness/load.ts";
import { configSource, edsCluster, lbEndpoint, listener, routes } from "../harness/resources.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

// SotW has no glob collections: with streams per type Envoy gets no endpoints, and over SotW ADS it crashes.
for (const transport of ["ads-delta", "per-type-delta"] as const) {
  test(`LEDS, ${transport}: endpoints come and go one by one under a glob`, async (t) => {
    const upstreams = await Promise.all(["service1", "service2"].map((name) => startUpstream(t, name)));
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const folder = "xdstp://example/envoy.config.endpoint.v3.LbEndpoint/blue";
    const collection = { leds_config: configSource(transport), leds_collection_name: `${folder}/*` };
    const assignment = {
      cluster_name: "blue",
      endpoints: [{ locality: { region: "here" }, leds_cluster_locality_config: collection }],
    };
    const put = (...names: string[]) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
          routes: [routes("local_route", "blue")],
          clusters: [edsCluster("blue", transport)],
          endpoints: [assignment],
          lbEndpoints: upstreams
            .filter(({ name }) => names.includes(name))
            .map(({ name, port }) => ({ name: `${folder}/${name}`, resource: lbEndpoint(port) })),
        },
      });
    await put("service1");
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    await put("service1", "service2");
    await load.next(({ result }) => result === "service2");
    await put("service2");
    await until("one is left", async () => (await envoy.stat("cluster.blue.membership_total")) === "1");
    await load.next(({ result }) => result === "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });
}
