import assert from "node:assert/strict";
import { test } from "node:test";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { ask, startLoad } from "../harness/load.ts";
import { configSource, listener, routes, staticCluster } from "../harness/resources.ts";
import { grpcTransports } from "../harness/transports.ts";
import { startUpstream } from "../harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`SRDS, ${transport}: a changed scope sends its hosts to another route configuration`, async (t) => {
    const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
    const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
    const source = configSource(transport);
    const host = { header_value_extractor: { name: ":authority", element_separator: ":", index: 0 } };
    const routing = {
      scoped_routes: {
        name: "by-host",
        scope_key_builder: { fragments: [host] },
        rds_config_source: source,
        scoped_rds: { scoped_rds_config_source: source },
      },
    };
    const put = (scopes: Readonly<Record<string, string>>) =>
      controlPlane.put({
        resources: {
          listeners: [listener({ name: "listener_0", port, route: "", transport, routing })],
          // A route configuration that no scope has named yet takes a moment to come, and until then is 404.
          scopedRoutes: Object.entries({ ...scopes, "green.example": "to-green" }).map(([host, route]) => ({
            name: `scope-of-${host}`,
            route_configuration_name: route,
            key: { fragments: [{ string_key: host }] },
          })),
          routes: [routes("to-blue", "blue"), routes("to-green", "green")],
          clusters: [staticCluster("blue", service1.port), staticCluster("green", service2.port)],
        },
      });
    await put({ "127.0.0.1": "to-blue", localhost: "to-blue" });
    const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const url = (host: string) => `http://${host}:${port}/`;
    const load = startLoad(t, url("127.0.0.1"));
    await load.next(({ result }) => result === "service1");
    assert.equal(await ask(url("localhost")), "service1");

    await put({ "127.0.0.1": "to-green", localhost: "to-blue" });
    await load.next(({ result }) => result === "service2");
    assert.equal(await ask(url("localhost")), "service1");

    await put({ "127.0.0.1": "to-blue" });
    await load.next(({ result }) => result === "service1");
    assert.match(await ask(url("localhost")), /^404/);
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
  });
}
