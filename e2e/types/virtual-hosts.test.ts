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
  test(`VHDS, ${transport}: a virtual host comes by its alias with the first request for it`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const filters = [
      { name: "envoy.filters.http.on_demand", typed_config: typed("filters.http.on_demand.v3.OnDemand", {}) },
    ];
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    // Envoy first asks for no host, and is not given the answer that it waits for then.
    const source = { ...configSource(transport), initial_fetch_timeout: "1s" };
    const put = (cluster: string) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport, filters })],
          routes: [{ name: "local_route", vhds: { config_source: source } }],
          virtualHosts: [
            {
              name: "local_route/all",
              aliases: hosts.map((host) => `local_route/${host}`),
              resource: {
                name: "local_route/all",
                domains: hosts,
                routes: [{ match: { prefix: "/" }, route: { cluster } }],
              },
            },
          ],
          clusters: [staticCluster("blue", service1.port), staticCluster("green", service2.port)],
        },
      });
    await put("blue");
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    assert.equal(await ask(`http://localhost:${port}/`), "service1");
    await put("green");
    await load.next(({ result }) => result === "service2");
    assert.equal(await ask(`http://localhost:${port}/`), "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });
}
