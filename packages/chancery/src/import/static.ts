import { type Json, objectIn, objectsIn, textIn, textsIn } from "../explain/json.ts";
import { mapObjects } from "./canonical.ts";
import { withSecrets } from "./certificates.ts";
import { toNormal, without } from "./normal.ts";
import type { ResourcesByKey } from "./target.ts";

/** Resources in a form in which they can be compared, by type and name. */
export type Comparable = ReadonlyMap<string, unknown>;

/**
 * Listeners and clusters with all that they fetch put into its place, without what makes no difference, and without the
 * names that the model gives.
 */
export function toComparable(resources: ResourcesByKey): Comparable {
  const secretOf = (reference: Json): Json | undefined => {
    return isAggregated(reference, "sds_config") ? resources.get(`secrets/${textIn(reference, "name")}`) : undefined;
  };
  const inline = (object: Json, key: string): Json => {
    if (key === "common_tls_context") return withSecrets(object, secretOf);
    const rds = objectIn(object, "rds");
    if (rds === undefined || !isAggregated(rds, "config_source")) return object;
    const routes = resources.get(`routes/${textIn(rds, "route_config_name")}`);
    return routes === undefined ? object : { ...without(object, "rds"), route_config: routes };
  };
  const comparable = new Map<string, unknown>();
  for (const [key, resource] of resources) {
    const [type = ""] = key.split("/");
    // Of a certificate all is compared where it is used.
    const isApart = type === "listeners" || type === "clusters" || resource.generic_secret !== undefined;
    if (!isApart && resource.session_ticket_keys === undefined) continue;
    const whole = type === "clusters" ? withEndpoints(resource, resources) : resource;
    comparable.set(key, sortParts(toNormal(mapObjects(whole, inline), type)));
  }
  return comparable;
}

function isAggregated(parent: Json, key: string): boolean {
  return objectIn(parent, key)?.ads !== undefined;
}

function withEndpoints(cluster: Json, resources: ResourcesByKey): Json {
  const source = objectIn(cluster, "eds_cluster_config");
  const endpoints = resources.get(`endpoints/${textIn(cluster, "name")}`);
  if (source === undefined || !isAggregated(source, "eds_config") || endpoints === undefined) return cluster;
  const { type: _t, eds_cluster_config: _e, ...rest } = cluster;
  return { ...rest, load_assignment: without(endpoints, "cluster_name") };
}

/** Without names that the model gives, and in one order where the order says nothing. */
function sortParts(resource: unknown): unknown {
  return mapObjects(resource, (object, key) => {
    if (object.http_filters !== undefined) return withoutResting(object);
    if (key === "route_config") return withHosts(without(object, "name"));
    if (key === "routes" || key === "filter_chains" || key === "default_filter_chain") return without(object, "name");
    const chains = objectsIn(object, "filter_chains");
    if (chains.length === 0) return object;
    const keyOf = (chain: Json) => JSON.stringify(chain.filter_chain_match ?? {});
    return { ...object, filter_chains: chains.toSorted((a, b) => compareTexts(keyOf(a), keyOf(b))) };
  });
}

/** Without filters that are off, and that no route turns on. */
function withoutResting(manager: Json): Json {
  const routes = JSON.stringify(manager.route_config ?? {});
  const filters = objectsIn(manager, "http_filters").filter(
    ({ name, disabled }) => disabled !== true || routes.includes(JSON.stringify(name)),
  );
  return { ...manager, http_filters: filters };
}

/** One virtual host a domain, by domain. */
function withHosts(routes: Json): Json {
  const hosts = objectsIn(routes, "virtual_hosts").flatMap((host) =>
    textsIn(host, "domains").map((domain) => ({ ...without(host, "name"), domains: [domain] })),
  );
  return { ...routes, virtual_hosts: hosts.toSorted((a, b) => compareTexts(a.domains[0] ?? "", b.domains[0] ?? "")) };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Before a text that stands for the content of a file. */
export const fileMark = "chancery-file:";

/** A resource in which the content of files is read by Envoy from these files. */
export function withFiles(resource: Json): Json {
  return mapObjects(resource, (object) => {
    const text = textIn(object, "inline_string");
    return text.startsWith(fileMark) ? { filename: text.slice(fileMark.length) } : object;
  }) as Json;
}
