import { flagIn, type Json, objectIn, objectsIn, textIn } from "../explain/json.ts";
import { typed } from "../translate/json.ts";

/** A cluster without what Envoy has a newer word for that means the same, which is the one that the model uses. */
export function modernise(cluster: Json): Json {
  const { type, ...rest } = cluster;
  return withProtocolOptions(withDnsCluster(type === "STATIC" ? rest : cluster));
}

/** `type: STRICT_DNS` and what belongs to it, as the extension that Envoy makes of it. */
function withDnsCluster(cluster: Json): Json {
  const { type, dns_refresh_rate, dns_lookup_family, respect_dns_ttl, dns_jitter, dns_failure_refresh_rate, ...rest } =
    cluster;
  const { typed_dns_resolver_config, ...others } = rest;
  if (type !== "STRICT_DNS" && type !== "LOGICAL_DNS") return cluster;
  const config = {
    ...(dns_refresh_rate !== undefined && { dns_refresh_rate }),
    ...(dns_failure_refresh_rate !== undefined && { dns_failure_refresh_rate }),
    ...(respect_dns_ttl !== undefined && { respect_dns_ttl }),
    ...(dns_jitter !== undefined && { dns_jitter }),
    dns_lookup_family: dns_lookup_family ?? "AUTO",
    ...(typed_dns_resolver_config !== undefined && { typed_dns_resolver_config }),
    ...(type === "LOGICAL_DNS" && { all_addresses_in_single_endpoint: true }),
  };
  const typedConfig = typed("envoy.extensions.clusters.dns.v3.DnsCluster", config);
  return { ...others, cluster_type: { name: "envoy.cluster.dns", typed_config: typedConfig } };
}

const protocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** `http2_protocol_options` of the cluster itself, as the extension. */
function withProtocolOptions(cluster: Json): Json {
  const { http2_protocol_options, common_http_protocol_options, typed_extension_protocol_options, ...rest } = cluster;
  if (http2_protocol_options === undefined || typed_extension_protocol_options !== undefined) return cluster;
  const options = {
    ...(common_http_protocol_options !== undefined && { common_http_protocol_options }),
    explicit_http_config: { http2_protocol_options },
  };
  return { ...rest, typed_extension_protocol_options: { [protocolOptions]: typed(protocolOptions, options) } };
}

/** A health check by HTTP asks for the cluster's name if nothing is said, so a new name has to say the old one. */
export function withCheckedHost(cluster: Json): Json {
  const checks = objectsIn(cluster, "health_checks");
  if (checks.length === 0) return cluster;
  const withHost = (check: Json): Json => {
    const http = objectIn(check, "http_health_check");
    if (http === undefined || textIn(http, "host") !== "") return check;
    return { ...check, http_health_check: { ...http, host: textIn(cluster, "name") } };
  };
  return { ...cluster, health_checks: checks.map(withHost) };
}

/** A listener whose only chain is the one for all connections, as a listener with one chain. */
export function withFirstChain(listener: Json): Json {
  const { default_filter_chain: chain, ...rest } = listener;
  const isAlone = chain !== undefined && objectsIn(listener, "filter_chains").length === 0;
  return isAlone && flagIn(listener, "use_original_dst") !== true ? { ...rest, filter_chains: [chain] } : listener;
}
