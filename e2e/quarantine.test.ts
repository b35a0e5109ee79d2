import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { listener, routes, staticCluster } from "./harness/resources.ts";
import { until } from "./harness/until.ts";
import { startUpstream } from "./harness/upstream.ts";

for (const transport of ["ads", "ads-delta"] as const) {
  test(`${transport}: one cluster that Envoy refuses is quarantined, and all others are served and go on`, async (t) => {
    const upstream = await startUpstream(t, "service1");
    const controlPlane = await startControlPlane(t, { options: ["--nack-policy", "quarantine"] });
    const port = await freePort();
    const refused = { ...staticCluster("refused", upstream.port), lb_policy: "CLUSTER_PROVIDED" };
    const others = Array.from({ length: 6 }, (_, i) => staticCluster(`c${i}`, upstream.port));
    const rest = {
      listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
      routes: [routes("local_route", "c0")],
    };
    await controlPlane.put({ resources: { clusters: [...others, refused], ...rest } });
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    await until(
      "Envoy has the good clusters",
      async () => (await envoy.stat("cluster_manager.cds.update_success")) !== "0",
    );
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.match(await answer.text(), /service1/);

    const more = staticCluster("later", upstream.port);
    await controlPlane.put({ resources: { clusters: [...others, more, refused], ...rest } });
    await until(
      "Envoy has the later cluster",
      async () => (await envoy.stat("cluster.later.membership_total")) === "1",
    );

    const clients = await fetch(`${controlPlane.url}/api/v1/clients`);
    assert.match(await clients.text(), /"quarantined":\["refused"\]/);

    const mended = staticCluster("refused", upstream.port);
    await controlPlane.put({ resources: { clusters: [...others, more, mended], ...rest } });
    await until(
      "Envoy has the mended cluster",
      async () => (await envoy.stat("cluster.refused.membership_total")) === "1",
    );
    assert.equal(await envoy.stat("cluster_manager.cds.update_rejected"), "1");
  });
}
