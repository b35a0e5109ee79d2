import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { startLoad } from "./harness/load.ts";
import { listener, routes, staticCluster } from "./harness/resources.ts";
import { grpcTransports } from "./harness/transports.ts";
import { until } from "./harness/until.ts";
import { startUpstream } from "./harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`${transport}: what Envoy refuses leaves the old configuration serving until it is mended`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const controlPlane = await startControlPlane(t);
    const port = await freePort();
    const good = {
      listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
      routes: [routes("local_route", "blue")],
      clusters: [staticCluster("blue", service1.port)],
    };
    await controlPlane.put({ resources: good });
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");

    const rejections = {
      clusters: "cluster_manager.cds",
      listeners: "listener_manager.lds",
      routes: "http.http.rds.local_route",
    };
    // Well-formed, and yet no Envoy takes them: the rules they break are not in the API's descriptors.
    const bad = {
      clusters: [{ ...staticCluster("blue", service2.port), lb_policy: "CLUSTER_PROVIDED" }],
      listeners: good.listeners.map((item) => ({ ...item, filter_chains: [{ filters: [] }, { filters: [] }] })),
      routes: [{ ...routes("local_route", "nowhere"), validate_clusters: true }],
    };
    for (const [kind, prefix] of Object.entries(rejections)) {
      await controlPlane.put({ resources: { ...good, [kind]: bad[kind as keyof typeof bad] } });
      await until(`Envoy refuses ${kind}`, async () => Number(await envoy.stat(`${prefix}.update_rejected`)) > 0);
      await load.next(({ result }) => result === "service1");
      await controlPlane.put({ resources: good });
      await load.next(({ result }) => result === "service1");
      // One refusal for one update: it was not sent again.
      assert.equal(await envoy.stat(`${prefix}.update_rejected`), "1");
    }

    await controlPlane.put({ resources: { ...good, clusters: [staticCluster("blue", service2.port)] } });
    await load.next(({ result }) => result === "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });
}
