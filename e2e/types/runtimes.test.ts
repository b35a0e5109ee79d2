import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { startLoad } from "../harness/load.ts";
import { configSource, listener, staticCluster } from "../harness/resources.ts";
import { grpcTransports } from "../harness/transports.ts";
import { startUpstream } from "../harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`RTDS, ${transport}: a changed runtime value moves the share of traffic that it stands for`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const share = { default_value: { numerator: 0 }, runtime_key: "share_of_green" };
    const routes = {
      name: "local_route",
      virtual_hosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [
            { match: { prefix: "/", runtime_fraction: share }, route: { cluster: "green" } },
            { match: { prefix: "/" }, route: { cluster: "blue" } },
          ],
        },
      ],
    };
    const put = (percent: number) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport })],
          routes: [routes],
          clusters: [staticCluster("blue", service1.port), staticCluster("green", service2.port)],
          runtimes: [{ name: "fleet", layer: { share_of_green: percent } }],
        },
      });
    await put(0);
    const layer = { name: "fleet", rtds_layer: { name: "fleet", rtds_config: configSource(transport) } };
    const envoy = await startEnvoy(t, {
      transport,
      xdsPort: controlPlane.xdsPort,
      amend: (bootstrap) => ({ ...bootstrap, layered_runtime: { layers: [layer] } }),
    });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    await put(100);
    await load.next(({ result }) => result === "service2");
    await put(0);
    await load.next(({ result }) => result === "service1");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
    assert.equal(await envoy.stat("runtime.load_error"), "0");
  });
}
