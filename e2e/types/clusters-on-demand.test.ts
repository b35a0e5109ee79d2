import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bootstrap } from "../../packages/chancery/src/bootstrap/bootstrap.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { ask, startLoad } from "../harness/load.ts";
import { configSource, listener, staticCluster, typed } from "../harness/resources.ts";
import { startUpstream } from "../harness/upstream.ts";

for (const transport of ["ads", "ads-delta", "per-type-delta"] as const) {
  test(`ODCDS, ${transport}: a cluster comes with the first request for it, and an unknown one is 503`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const odcds = { source: configSource(transport), timeout: "2s" };
    const filters = [
      { name: "envoy.filters.http.on_demand", typed_config: typed("filters.http.on_demand.v3.OnDemand", { odcds }) },
    ];
    const toHost = { match: { prefix: "/" }, route: { cluster_header: "host" } };
    const [known, unknown] = [`127.0.0.1:${port}`, `localhost:${port}`];
    const put = (upstream: { readonly port: number }) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport, filters })],
          routes: [{ name: "local_route", virtual_hosts: [{ name: "all", domains: ["*"], routes: [toHost] }] }],
          clusters: [staticCluster(known, upstream.port)],
        },
      });
    await put(service1);
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort, amend: withoutClusters });
    await envoy.ready();
    assert.deepEqual(await envoy.dump("dynamic_active_clusters"), []);
    const load = startLoad(t, `http://${known}/`);
    await load.next(({ result }) => result === "service1");

    const askedAt = performance.now();
    assert.match(await ask(`http://${unknown}/`), /^503/);
    const waitedMs = performance.now() - askedAt;
    // In SotW a server cannot say that a cluster does not exist: there Envoy waits as long as it is told to.
    if (transport !== "ads") assert.ok(waitedMs < 1_000, `it took ${waitedMs} ms`);

    await put(service2);
    await load.next(({ result }) => result === "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });
}

// With the wildcard all clusters come anyway.
function withoutClusters(bootstrap: Bootstrap): Bootstrap {
  const { cds_config, ...resources } = bootstrap.dynamic_resources as Bootstrap;
  return { ...bootstrap, dynamic_resources: resources };
}
