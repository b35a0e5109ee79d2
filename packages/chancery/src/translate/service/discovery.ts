import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { DnsClusterJson } from "@chancery/envoy-api/gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.js";
import type { DnsCacheConfigJson } from "@chancery/envoy-api/gen/envoy/extensions/common/dynamic_forward_proxy/v3/dns_cache_pb.js";
import type { Service } from "../../model/service.ts";
import { aggregated } from "../config-source.ts";
import { present, toDuration, typed } from "../json.ts";
import type { ClusterContext } from "./cluster.ts";
import { endpointsOf, toLoadAssignment } from "./load-assignment.ts";

/** How a service's endpoints reach Envoy. */
export type DiscoveryKind = "eds" | "dns" | "dynamic";

export function discoveryKindOf(service: Service): DiscoveryKind {
  if (service.endpoints === "dynamic") return "dynamic";
  return endpointsOf(service).some(({ kind }) => kind === "dns") ? "dns" : "eds";
}

/**
 * Addresses come by EDS, so that a change of them does not touch the cluster. Names are looked up by Envoy itself, which
 * takes all endpoints of such a service from its cluster.
 */
export function discovery(service: Service, { name }: ClusterContext): Partial<ClusterJson> {
  switch (discoveryKindOf(service)) {
    case "eds":
      return { type: "EDS", edsClusterConfig: { edsConfig: aggregated, serviceName: name } };
    case "dns":
      return {
        clusterType: { name: "envoy.cluster.dns", typedConfig: toDnsCluster(service) },
        loadAssignment: toLoadAssignment(name, service),
      };
    case "dynamic":
      return {
        lbPolicy: "CLUSTER_PROVIDED",
        clusterType: {
          name: "envoy.clusters.dynamic_forward_proxy",
          typedConfig: typed("envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig", {
            dnsCacheConfig: toDnsCache(name, service),
            // Envoy wants to be told twice that a certificate may be anybody's.
            ...(service.tls?.verify === false && { allowInsecureClusterOptions: true }),
          }),
        },
      };
  }
}

/** A forward proxy looks hosts up itself; each such service has a cache of its own. */
function toDnsCache(name: string, { dns }: Service): DnsCacheConfigJson {
  const { refresh, family = "auto" } = dns ?? {};
  return present({
    name,
    // Of both kinds of addresses a connection tries the other one at once if the first does not answer.
    dnsLookupFamily: families[family === "auto" ? "all" : family],
    dnsRefreshRate: refresh === undefined ? undefined : toDuration(refresh),
  });
}

const families = {
  v4: "V4_ONLY",
  v6: "V6_ONLY",
  "v4-first": "V4_PREFERRED",
  "v6-first": "AUTO",
  all: "ALL",
} as const;

function toDnsCluster({ dns }: Service): DnsClusterJson & { readonly "@type": string } {
  const { mode = "strict", refresh, family = "auto" } = dns ?? {};
  return typed(
    "envoy.extensions.clusters.dns.v3.DnsCluster",
    present({
      dnsRefreshRate: refresh === undefined ? undefined : toDuration(refresh),
      respectDnsTtl: refresh === undefined ? true : undefined,
      dnsLookupFamily: families[family === "auto" ? (mode === "logical" ? "all" : "v4-first") : family],
      allAddressesInSingleEndpoint: mode === "logical" ? true : undefined,
    }),
  );
}
