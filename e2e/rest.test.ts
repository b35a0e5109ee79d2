import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { startLoad } from "./harness/load.ts";
import { edsCluster, endpoints, listener, routes } from "./harness/resources.ts";
import { until } from "./harness/until.ts";
import { startUpstream } from "./harness/upstream.ts";

test("rest: an Envoy polls clusters, endpoints, listeners and routes, and a change of each moves traffic", async (t) => {
  const transport = "rest";
  const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
  const [httpPort, port] = await Promise.all([freePort(), freePort()]);
  const controlPlane = await startControlPlane(t, { httpPort });
  const put = (cluster: string, upstream: { readonly port: number }) =>
    controlPlane.put({
      resources: {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
        routes: [routes("local_route", cluster)],
        clusters: ["blue", "green"].map((name) => edsCluster(name, transport)),
        endpoints: ["blue", "green"].map((name) => endpoints(name, upstream.port)),
      },
    });
  await put("blue", service1);
  const envoy = await startEnvoy(t, { transport, xdsPort: httpPort });
  await envoy.ready();
  const load = startLoad(t, `http://127.0.0.1:${port}/`);
  await load.next(({ result }) => result === "service1");

  await put("blue", service2);
  await load.next(({ result }) => result === "service2");

  const routeVersions = async () => (await envoy.dump("dynamic_route_configs")).map(({ version_info }) => version_info);
  const before = await routeVersions();
  await put("green", service1);
  await load.next(({ result }) => result === "service1");
  assert.deepEqual(await load.stop(["service1", "service2"]), []);
  // Each type is polled by itself: the endpoints may have moved the traffic before the route.
  await until("Envoy has the route", async () => String(await routeVersions()) !== String(before));
  for (const stat of ["cluster_manager.cds", "listener_manager.lds", "http.http.rds.local_route"]) {
    assert.equal(await envoy.stat(`${stat}.update_rejected`), "0");
  }
});
