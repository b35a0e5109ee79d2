import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { startLoad } from "../harness/load.ts";
import { configSource, listener, routes, staticCluster, typed } from "../harness/resources.ts";
import { grpcTransports } from "../harness/transports.ts";
import { startUpstream } from "../harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`ECDS, ${transport}: the changed configuration of a filter takes effect, and the listener stays`, async (t) => {
    const service = await startUpstream(t, "service1");
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const filter = {
      name: "faults",
      config_discovery: {
        config_source: configSource(transport),
        type_urls: ["type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"],
      },
    };
    const put = (percent: number) => {
      const abort = { http_status: 418, percentage: { numerator: percent } };
      return controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport, filters: [filter] })],
          routes: [routes("local_route", "blue")],
          clusters: [staticCluster("blue", service.port)],
          extensionConfigs: [{ name: "faults", typed_config: typed("filters.http.fault.v3.HTTPFault", { abort }) }],
        },
      });
    };
    await put(0);
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const load = startLoad(t, `http://127.0.0.1:${port}/`);
    await load.next(({ result }) => result === "service1");
    await put(100);
    await load.next(({ result }) => result.startsWith("418"));
    await put(0);
    await load.next(({ result }) => result === "service1");
    assert.deepEqual(await load.stop(["service1", "418 fault filter abort"]), []);
    assert.equal(await envoy.stat("listener_manager.listener_modified"), "0");
  });
}
