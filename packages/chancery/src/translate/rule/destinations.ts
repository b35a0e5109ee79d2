import type { MetadataJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type {
  RouteActionJson,
  WeightedCluster_ClusterWeightJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Destination, Rule } from "../../model/route.ts";
import { toHeaderFields } from "./header-changes.ts";
import type { RuleContext } from "./rule.ts";

/** Why requests cannot be sent on at all. */
export function problemOf({ to = [] }: Rule, { services }: RuleContext): string | undefined {
  if (to.length === 0) return "it says neither to, redirect nor respond";
  const weighted = to.filter(({ weight }) => weight > 0);
  if (weighted.length === 0) return "no destination has a weight";
  const missing = weighted.filter(({ service }) => !services.has(service));
  if (missing.length < weighted.length) return undefined;
  return missing.map(({ service }) => `no service named "${service.slice(0, 200)}"`).join(", ");
}

/** Where requests go. The share of a service that does not exist is answered with 500. */
export function destinations(rule: Rule, { services }: RuleContext): Partial<RouteActionJson> {
  const { to = [], rewrite, affinity } = rule;
  const clusterNotFoundResponseCode = "INTERNAL_SERVER_ERROR";
  const hostHeaderOf = ({ service }: Destination) =>
    rewrite?.host === undefined ? services.get(service)?.hostHeader : undefined;
  const [first, ...others] = to;
  if (first !== undefined && others.length === 0 && first.headers === undefined) {
    const host = hostHeaderOf(first);
    return {
      cluster: first.service,
      clusterNotFoundResponseCode,
      ...toSubset(first),
      ...(host !== undefined && { hostRewriteLiteral: host }),
    };
  }
  return {
    weightedClusters: {
      clusters: to.map((destination) => toClusterWeight(destination, hostHeaderOf(destination))),
      // A client that has been sent to one of them stays there.
      ...(affinity && { useHashPolicy: true }),
    },
    clusterNotFoundResponseCode,
  };
}

function toClusterWeight(destination: Destination, host: string | undefined): WeightedCluster_ClusterWeightJson {
  const { service, weight, headers } = destination;
  return {
    name: service,
    weight,
    ...toSubset(destination),
    ...toHeaderFields(headers),
    ...(host !== undefined && { hostRewriteLiteral: host }),
  };
}

/** Restricts a destination to the endpoints with its labels. */
export function toSubset({ subset }: Destination): { readonly metadataMatch?: MetadataJson } {
  return subset === undefined ? {} : { metadataMatch: { filterMetadata: { "envoy.lb": subset } } };
}
