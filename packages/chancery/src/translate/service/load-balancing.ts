import type {
  Cluster_CommonLbConfigJson,
  Cluster_LbPolicyJson,
  Cluster_SlowStartConfigJson,
  ClusterJson,
} from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { LoadBalancing, Service } from "../../model/service.ts";
import { present, toDuration } from "../json.ts";

const policies: Readonly<Record<LoadBalancing["policy"], Cluster_LbPolicyJson>> = {
  "round-robin": "ROUND_ROBIN",
  "least-request": "LEAST_REQUEST",
  random: "RANDOM",
  "ring-hash": "RING_HASH",
  maglev: "MAGLEV",
};

/** How endpoints are chosen. */
export function loadBalancing({ endpoints, loadBalancing, health }: Service): Partial<ClusterJson> {
  // What is dynamic brings a policy of its own, which takes no options.
  const options: LoadBalancing = (endpoints !== "dynamic" && loadBalancing) || { policy: "round-robin" };
  const common = toCommon(options, health?.panic);
  return {
    ...(endpoints !== "dynamic" && { lbPolicy: policies[options.policy], ...toPolicyConfig(options) }),
    ...(Object.keys(common).length > 0 && { commonLbConfig: common }),
    ...(options.subsets && {
      lbSubsetConfig: {
        fallbackPolicy: "NO_FALLBACK",
        subsetSelectors: options.subsets.map((keys) => ({ keys: [...keys] })),
      },
    }),
  };
}

function toPolicyConfig(options: LoadBalancing): Partial<ClusterJson> {
  const slowStartConfig = options.slowStart && toSlowStart(options.slowStart);
  switch (options.policy) {
    case "round-robin":
      return slowStartConfig === undefined ? {} : { roundRobinLbConfig: { slowStartConfig } };
    case "least-request":
      return { leastRequestLbConfig: present({ choiceCount: options.choices, slowStartConfig }) };
    case "ring-hash":
      return { ringHashLbConfig: present({ minimumRingSize: options.ringSize?.toString() }) };
    case "maglev":
      return { maglevLbConfig: present({ tableSize: options.tableSize?.toString() }) };
    case "random":
      return {};
  }
}

function toSlowStart({
  window,
  aggression,
  minWeight,
}: NonNullable<LoadBalancing["slowStart"]>): Cluster_SlowStartConfigJson {
  return present({
    slowStartWindow: toDuration(window),
    aggression:
      aggression === undefined ? undefined : { defaultValue: aggression, runtimeKey: "chancery.slow_start.aggression" },
    minWeightPercent: minWeight === undefined ? undefined : { value: minWeight },
  });
}

function toCommon({ locality, boundedLoad }: LoadBalancing, panic: number | undefined): Cluster_CommonLbConfigJson {
  return present({
    healthyPanicThreshold: panic === undefined ? undefined : { value: panic },
    zoneAwareLbConfig: locality?.mode === "zone-aware" ? {} : undefined,
    localityWeightedLbConfig: locality?.mode === "weighted" ? {} : undefined,
    consistentHashingLbConfig:
      boundedLoad === undefined ? undefined : { hashBalanceFactor: Math.round(boundedLoad * 100) },
  });
}
