import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bootstrap } from "../packages/chancery/src/bootstrap/bootstrap.ts";
import { selfSigned } from "./harness/certificate.ts";
import { startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { startLoad } from "./harness/load.ts";
import { edsCluster, endpoints, listener, routes, secret } from "./harness/resources.ts";
import { grpcTransports } from "./harness/transports.ts";
import { startUpstream } from "./harness/upstream.ts";

interface Habit {
  readonly name: string;
  readonly nodeInEveryRequest: boolean;
  readonly unifiedMux: boolean;
}

/** How Envoys may differ from those of the other tests, which say in their first request who they are. */
const habits: readonly Habit[] = [
  { name: "the node in every request", nodeInEveryRequest: true, unifiedMux: false },
  { name: "the unified mux", nodeInEveryRequest: false, unifiedMux: true },
  { name: "the unified mux and the node in every request", nodeInEveryRequest: true, unifiedMux: true },
];

for (const transport of grpcTransports) {
  for (const { name, nodeInEveryRequest, unifiedMux } of habits) {
    test(`${transport} with ${name}: every type comes, and a change of each moves traffic`, async (t) => {
      const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
      const [first, second] = await Promise.all([selfSigned(t, "first"), selfSigned(t, "second")]);
      const [controlPlane, port] = await Promise.all([startControlPlane(t), freePort()]);
      const asConfigured = nodeInEveryRequest ? repeatNode : <T>(config: T) => config;
      const put = (cluster: string, upstream: { readonly port: number }, certificate = first) => {
        const resources = {
          listeners: [listener({ name: "listener_0", port, route: "local_route", transport, secret: "server" })],
          routes: [routes("local_route", cluster)],
          clusters: [edsCluster(cluster, transport)],
          endpoints: [endpoints(cluster, upstream.port)],
          secrets: [secret("server", certificate)],
        };
        return controlPlane.put({ resources: asConfigured(resources) });
      };
      await put("blue", service1);
      const envoy = await startEnvoy(t, {
        transport,
        xdsPort: controlPlane.xdsPort,
        amend: (bootstrap) => asConfigured(unifiedMux ? withUnifiedMux(bootstrap) : bootstrap),
      });
      await envoy.ready();
      const load = startLoad(t, `https://127.0.0.1:${port}/`);
      await load.next(({ result }) => result === "service1");
      await put("blue", service2);
      await load.next(({ result }) => result === "service2");
      await put("blue", service2, second);
      await load.next(({ certificate }) => certificate === "second");
      await put("green", service1, second);
      await load.next(({ result }) => result === "service1");
      assert.deepEqual(await load.stop(["service1", "service2"]), []);
      for (const stat of ["cluster_manager.cds", "listener_manager.lds", "http.http.rds.local_route"]) {
        assert.equal(await envoy.stat(`${stat}.update_rejected`), "0");
      }
    });
  }
}

/** Has Envoy say in every request who it is, as it does unless it is told otherwise. */
function repeatNode<T>(config: T): T {
  const { parse, stringify } = JSON;
  return parse(stringify(config), (key, value) => (key === "set_node_on_first_message_only" ? false : value));
}

function withUnifiedMux(bootstrap: Bootstrap): Bootstrap {
  const flags = { "envoy.reloadable_features.unified_mux": true };
  return { ...bootstrap, layered_runtime: { layers: [{ name: "flags", static_layer: flags }] } };
}
