import { isIP } from "node:net";
import { flagIn, isObject, type Json, numberIn, objectIn, objectsIn, textIn, typeIn } from "../../explain/json.ts";
import { type Authored, durationIn, oneOrMore, said } from "../values.ts";
import type { ServiceContext } from "./service.ts";

/** Where a service is, and how its names are looked up. */
export function endpoints(cluster: Json, { plain }: ServiceContext): Authored {
  const type = objectIn(cluster, "cluster_type");
  const custom = objectIn(type, "typed_config");
  const isDns = typeIn(custom) === "envoy.extensions.clusters.dns.v3.DnsCluster";
  if (typeIn(custom) === "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig") {
    return { endpoints: "dynamic" };
  }
  const isStatic = cluster.type === undefined && type === undefined;
  if (!isDns && !isStatic) return {};
  const localities = objectsIn(objectIn(cluster, "load_assignment"), "endpoints");
  const list = localities.flatMap(toEndpoints);
  return { endpoints: oneOrMore(list), dns: isDns ? toDns(custom, plain) : undefined };
}

function toEndpoints(group: Json): readonly (string | Authored)[] {
  const locality = objectIn(group, "locality");
  const [region, zone] = [textIn(locality, "region"), textIn(locality, "zone")];
  return objectsIn(group, "lb_endpoints").flatMap((lbEndpoint) => {
    const endpoint = objectIn(lbEndpoint, "endpoint");
    const address = addressOf(objectIn(endpoint, "address"));
    if (address === undefined) return [];
    const hostname = textIn(endpoint, "hostname");
    const more = said({
      weight: numberIn(lbEndpoint, "load_balancing_weight"),
      region: region || undefined,
      zone: zone || undefined,
      priority: numberIn(group, "priority"),
      labels: labelsOf(lbEndpoint),
      hostname: hostname === "" || address.startsWith(`${hostname}:`) ? undefined : hostname,
      health: healthOf[textIn(lbEndpoint, "health_status")],
    });
    return [more === undefined ? address : { address, ...more }];
  });
}

const healthOf: Readonly<Record<string, string>> = {
  HEALTHY: "healthy",
  UNHEALTHY: "unhealthy",
  DRAINING: "draining",
};

/** `HOST:PORT` or `unix:PATH`; undefined for addresses of other kinds. */
export function addressOf(address: Json | undefined): string | undefined {
  const pipe = objectIn(address, "pipe");
  if (pipe !== undefined) return `unix:${textIn(pipe, "path")}`;
  const socket = objectIn(address, "socket_address");
  const [host, port] = [textIn(socket, "address"), numberIn(socket, "port_value")];
  if (host === "" || port === undefined) return undefined;
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function labelsOf(lbEndpoint: Json): Authored | undefined {
  const labels = objectIn(objectIn(objectIn(lbEndpoint, "metadata"), "filter_metadata"), "envoy.lb");
  return isObject(labels) && Object.values(labels).every((value) => typeof value === "string") ? labels : undefined;
}

const families: Readonly<Record<string, string>> = {
  V4_ONLY: "v4",
  V6_ONLY: "v6",
  V4_PREFERRED: "v4-first",
  ALL: "all",
};

function toDns(config: Json | undefined, plain: boolean): Authored | undefined {
  const isByTtl = plain || flagIn(config, "respect_dns_ttl") === true;
  return said({
    mode: flagIn(config, "all_addresses_in_single_endpoint") === true ? "logical" : undefined,
    // Envoy's own default, which the model leaves to the answers' time to live.
    refresh: durationIn(config, "dns_refresh_rate") ?? (isByTtl ? undefined : "5s"),
    // Envoy's own default is IPv6, and IPv4 for a name that has none of that.
    family: families[textIn(config, "dns_lookup_family")] ?? (plain ? undefined : "v6-first"),
  });
}
