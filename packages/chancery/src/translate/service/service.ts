import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { Item } from "../../model/model.ts";
import type { Draft } from "../draft.ts";
import { typed } from "../json.ts";
import { memo } from "../memo.ts";
import { toCluster } from "./cluster.ts";
import { discoveryKindOf } from "./discovery.ts";
import { toLoadAssignment } from "./load-assignment.ts";

/** What a service becomes: a cluster, with its endpoints beside it if they are addresses. */
export const toServiceDrafts: (item: Item<"services">) => readonly Draft[] = memo((item) => {
  const { name, value: service } = item;
  const { failover } = service;
  const own = ownClusterOf(item);
  const drafts: Draft[] = [
    { type: "clusters", name: own, json: toCluster(service, { name: own, serviceName: name }), from: [item] },
  ];
  if (failover !== undefined) {
    drafts.push({ type: "clusters", name, json: toAggregate(name, [own, ...failover]), from: [item] });
  }
  if (discoveryKindOf(service) === "eds") {
    drafts.push({ type: "endpoints", name: own, json: toLoadAssignment(own, service), from: [item] });
  }
  return drafts;
});

/** The name of the cluster that has a service's own endpoints. */
export function ownClusterOf({ name, value: { failover } }: Item<"services">): string {
  // With others to fall back on, the service's name is that of them together.
  return failover === undefined ? name : `${name}/own`;
}

function toAggregate(name: string, clusters: readonly string[]): ClusterJson {
  return {
    name,
    connectTimeout: "5s",
    lbPolicy: "CLUSTER_PROVIDED",
    clusterType: {
      name: "envoy.clusters.aggregate",
      typedConfig: typed("envoy.extensions.clusters.aggregate.v3.ClusterConfig", { clusters: [...clusters] }),
    },
  };
}
