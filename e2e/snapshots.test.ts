import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { type Envoy, startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { ask, startLoad } from "./harness/load.ts";
import { edsCluster, endpoints, listener, routes } from "./harness/resources.ts";
import { grpcTransports } from "./harness/transports.ts";
import { startUpstream } from "./harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`${transport}: a snapshot that is deleted and set again reaches the Envoy that stayed connected`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const put = (upstream: { readonly port: number }) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
          routes: [routes("local_route", "blue")],
          clusters: [edsCluster("blue", transport)],
          endpoints: [endpoints("blue", upstream.port)],
        },
      });
    await put(service1);
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    const connections = await envoy.stat("cluster.xds_cluster.upstream_cx_total");
    await controlPlane.delete();
    await load.next(({ result }) => result === "service1");
    await put(service2);
    await load.next(({ result }) => result === "service2");
    assert.equal(await envoy.stat("cluster.xds_cluster.upstream_cx_total"), connections);
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });

  test(`${transport}: a snapshot without clusters comes up at once`, async (t) => {
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const answer = { status: 200, body: { inline_string: "Hello from nobody" } };
    const route = { match: { prefix: "/" }, direct_response: answer };
    await controlPlane.put({
      resources: {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
        routes: [{ name: "local_route", virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }] }],
      },
    });
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    assert.equal(await ask(`http://127.0.0.1:${port}/`), "nobody");
    await assertNothingWasWaitedFor(envoy);
  });

  test(`${transport}: an empty snapshot comes up at once`, async (t) => {
    const controlPlane = await startControlPlane(t);
    await controlPlane.put({ resources: {} });
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    await assertNothingWasWaitedFor(envoy);
  });
}

// Envoy waits 15 seconds for each type that nobody answers, and then comes up all the same.
async function assertNothingWasWaitedFor(envoy: Envoy): Promise<void> {
  for (const stat of ["cluster_manager.cds", "listener_manager.lds"]) {
    assert.equal(await envoy.stat(`${stat}.init_fetch_timeout`), "0");
    assert.equal(await envoy.stat(`${stat}.update_success`), "1");
  }
}
