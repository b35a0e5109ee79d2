import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { type Envoy, startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { startLoad } from "./harness/load.ts";
import { edsCluster, endpoints, listener, routes, staticCluster } from "./harness/resources.ts";
import { temporaryFolder } from "./harness/temporary-folder.ts";
import { grpcTransports } from "./harness/transports.ts";
import { until } from "./harness/until.ts";
import { startUpstream } from "./harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`${transport}: a control plane that is killed and comes back costs no request`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [xdsPort, port] = await Promise.all([freePort(), freePort()]);
    const snapshot = (upstream: { port: number }) => ({
      resources: {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
        routes: [routes("local_route", "blue")],
        clusters: [edsCluster("blue", transport)],
        endpoints: [endpoints("blue", upstream.port)],
      },
    });
    const first = await startControlPlane(t, { xdsPort });
    await first.put(snapshot(service1));
    const envoy = await startEnvoy(t, { transport, xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    const connected = async () => (await envoy.stat("cluster.xds_cluster.upstream_cx_active")) !== "0";

    await first.kill();
    await until("Envoy notices", async () => !(await connected()));
    await load.next(({ result }) => result === "service1");

    // Back, but without a snapshot: Envoy keeps what it has.
    const second = await startControlPlane(t, { xdsPort });
    await until("Envoy is connected again", connected);
    await load.next(({ result }) => result === "service1");

    // The same content again changes nothing; a new one is taken.
    await second.put(snapshot(service1));
    await load.next(({ result }) => result === "service1");
    await second.put(snapshot(service2));
    await load.next(({ result }) => result === "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
    assert.equal(await envoy.stat("cluster_manager.cds.update_rejected"), "0");
  });
}

for (const transport of ["ads", "ads-delta"] as const) {
  test(`${transport}: started again on the same file, it serves the same versions, and then the edit`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [xdsPort, port, folder] = await Promise.all([freePort(), freePort(), temporaryFolder(t)]);
    const file = join(folder, "snapshot.json");
    const save = (upstream: { port: number }) => {
      const resources = {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
        routes: [routes("local_route", "blue")],
        clusters: [staticCluster("blue", upstream.port)],
      };
      return writeFile(file, JSON.stringify({ node: "test-id", resources }));
    };
    await save(service1);
    const first = await startControlPlane(t, { xdsPort, paths: [file] });
    const envoy = await startEnvoy(t, { transport, xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    const version = await clusterVersion(envoy);

    await first.kill();
    await startControlPlane(t, { xdsPort, paths: [file] });
    await until("Envoy is connected again", async () => (await envoy.stat("control_plane.connected_state")) === "1");
    await load.next(({ result }) => result === "service1");
    assert.equal(await clusterVersion(envoy), version);

    await save(service2);
    await load.next(({ result }) => result === "service2");
    assert.notEqual(await clusterVersion(envoy), version);
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });
}

async function clusterVersion(envoy: Envoy): Promise<string | undefined> {
  const [cluster] = await envoy.dump("dynamic_active_clusters");
  return cluster?.version_info;
}
