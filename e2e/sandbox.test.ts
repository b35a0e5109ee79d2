import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { ask, startLoad } from "./harness/load.ts";
import { listener, routes, staticCluster } from "./harness/resources.ts";
import { grpcTransports } from "./harness/transports.ts";
import { startUpstream } from "./harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`${transport}: an Envoy that was there first comes up with its control plane`, async (t) => {
    const [xdsPort, port, service1] = await Promise.all([freePort(), freePort(), startUpstream(t, "service1")]);
    const url = `http://127.0.0.1:${port}/`;
    const envoy = await startEnvoy(t, { transport, xdsPort });
    assert.match(await ask(url), /ECONNREFUSED/);

    const controlPlane = await startControlPlane(t, { xdsPort });
    await controlPlane.put({
      version: "seven",
      resources: {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
        routes: [routes("local_route", "example_proxy_cluster")],
        clusters: [staticCluster("example_proxy_cluster", service1.port)],
      },
    });

    await envoy.ready();
    assert.equal(await ask(url), "service1");
    const [cluster] = await envoy.dump("dynamic_active_clusters");
    assert.equal(cluster?.cluster?.name, "example_proxy_cluster");
    const [listener0] = await envoy.dump("dynamic_listeners");
    assert.equal(listener0?.name, "listener_0");
    // Delta has a version for each resource, SotW one for all of a type.
    if (!transport.endsWith("delta")) {
      assert.equal(cluster?.version_info, "seven");
      assert.equal(listener0?.active_state?.version_info, "seven");
      assert.equal(await envoy.stat("cluster_manager.cds.version_text"), "seven");
    }
    assert.ok(cluster?.version_info);
    assert.ok(listener0?.active_state?.version_info);
  });

  test(`${transport}: an edit moves all traffic within a second, and no request fails`, async (t) => {
    const controlPlane = await startControlPlane(t);
    const { xdsPort } = controlPlane;
    const [port, service1, service2] = await Promise.all([
      freePort(),
      startUpstream(t, "service1"),
      startUpstream(t, "service2"),
    ]);
    const resources = (upstream: { port: number }) => ({
      listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
      routes: [routes("local_route", "example_proxy_cluster")],
      clusters: [staticCluster("example_proxy_cluster", upstream.port)],
    });
    await controlPlane.put({ resources: resources(service1) });
    const envoy = await startEnvoy(t, { transport, xdsPort });
    await envoy.ready();

    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    const editedAt = performance.now();
    await controlPlane.put({ resources: resources(service2) });
    const moved = await load.next(({ result }) => result === "service2");
    assert.ok(moved.answeredAt - editedAt < 1_000, `it took ${moved.answeredAt - editedAt} ms`);
    await load.next(({ sentAt }) => sentAt > editedAt + 1_500);
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
    const late = load.outcomes.filter(({ sentAt, result }) => sentAt > editedAt + 1_000 && result !== "service2");
    assert.deepEqual(late, []);
  });
}
