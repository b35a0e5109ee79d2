import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { ask, startLoad } from "../harness/load.ts";
import { configSource, listener, staticCluster, typed } from "../harness/resources.ts";
import { startUpstream } from "../harness/upstream.ts";

// Envoy asks for virtual hosts in delta only.
for (const transport of ["ads-delta", "per-type-delta"] as const) {
  test(`VHDS, ${transport}: a virtual host comes by its alias with the first request for it, and one that is known to be missing is 404`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const filters = [
      { name: "envoy.filters.http.on_demand", typed_config: typed("filters.http.on_demand.v3.OnDemand", {}) },
    ];
    const missing = "local_route/missing.example";
    const known = `127.0.0.1:${port}`;
    const put = (cluster: string) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport, filters })],
          routes: [{ name: "local_route", vhds: { config_source: configSource(transport) } }],
          virtualHosts: [
            {
              name: "local_route/all",
              aliases: [`local_route/${known}`],
              resource: {
                name: "local_route/all",
                domains: [known],
                routes: [{ match: { prefix: "/" }, route: { cluster } }],
              },
            },
            { name: missing, aliases: [missing], resource: null },
          ],
          clusters: [staticCluster("blue", service1.port), staticCluster("green", service2.port)],
        },
      });
    await put("blue");
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://${known}/`);
    await load.next(({ result }) => result === "service1");
    assert.match(await ask(`http://${known}/`, { host: "missing.example" }), /^404/);
    await put("green");
    await load.next(({ result }) => result === "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });
}
