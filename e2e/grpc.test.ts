import assert from "node:assert/strict";
import { test } from "node:test";
import { startCaller } from "./harness/caller.ts";
import { startControlPlane } from "./harness/control-plane.ts";
import { grpcClients, Missing } from "./harness/grpc-clients.ts";
import { startGrpcUpstream } from "./harness/grpc-upstream.ts";
import { configSource, edsCluster, lbEndpoint, routes, typed } from "./harness/resources.ts";

for (const { name, prepare } of grpcClients) {
  test(`${name}: an xds:/// name is resolved, and changed snapshots move the calls without losing one`, async (t) => {
    const command = await prepare().catch((error: unknown) => {
      if (!(error instanceof Missing)) throw error;
      return error;
    });
    if (command instanceof Missing) {
      console.error(`Not tested: ${name}, since ${command.message}`);
      return t.skip(command.message);
    }
    const [service1, service2] = await Promise.all([
      startGrpcUpstream(t, "service1"),
      startGrpcUpstream(t, "service2"),
    ]);
    const controlPlane = await startControlPlane(t);
    const put = (cluster: string, upstream: { readonly port: number }) =>
      controlPlane.put({ node: name, resources: snapshot(cluster, upstream.port) });
    await put("blue", service1);
    const caller = await startCaller(t, command, {
      target: "xds:///shop",
      nodeId: name,
      xdsPort: controlPlane.xdsPort,
    });
    await caller.answeredBy("service1");
    await put("blue", service2);
    await caller.answeredBy("service2");
    // Another cluster together with its route, in one snapshot.
    for (const [round, upstream] of [service1, service2, service1, service2, service1].entries()) {
      await put(`cluster-${round}`, upstream);
      await caller.answeredBy(upstream.name);
    }
    const failed = caller.answers.filter((answer) => !/^service[12]$/.test(answer) && !isGoRace(answer));
    assert.deepEqual(failed, []);
  });
}

/**
 * For a moment grpc-go has new routes and not yet the clusters that it got for them. That takes no withdrawn cluster:
 * it is the same when each snapshot only adds one.
 */
function isGoRace(answer: string): boolean {
  return answer.includes("unknown cluster selected for RPC");
}

/** What a channel to `xds:///shop` needs: a listener of that name, its routes, one cluster, and its endpoints. */
function snapshot(cluster: string, port: number): Readonly<Record<string, readonly object[]>> {
  const manager = typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "grpc",
    rds: { route_config_name: "local_route", config_source: configSource("ads") },
    http_filters: [{ name: "router", typed_config: typed("filters.http.router.v3.Router", {}) }],
  });
  // gRPC passes over localities without a weight.
  const locality = { locality: { region: "here" }, load_balancing_weight: 1, lb_endpoints: [lbEndpoint(port)] };
  return {
    listeners: [{ name: "shop", api_listener: { api_listener: manager } }],
    routes: [routes("local_route", cluster)],
    clusters: [edsCluster(cluster, "ads")],
    endpoints: [{ cluster_name: cluster, endpoints: [locality] }],
  };
}
