import { decodeToJson } from "@chancery/envoy-api";
import { bodyOf, type Resource, resourceTypes, type Snapshot } from "@chancery/xds";
import { isObject, type Json } from "./json.ts";

/** Which resources there are of each type, as snapshots call the types. */
export type ResourceKey =
  | "listeners"
  | "routes"
  | "scopedRoutes"
  | "virtualHosts"
  | "clusters"
  | "endpoints"
  | "lbEndpoints"
  | "secrets"
  | "extensionConfigs";

/** The resources of an Envoy as JSON. What is not looked at is not decoded, what is is decoded once. */
export interface Resources {
  /** All of a type, or those whose names begin with `prefix`. */
  all(key: ResourceKey, prefix?: string): readonly Json[];
  get(key: ResourceKey, name: string): Json | undefined;
}

/**
 * Reads snapshots that are layers of what an Envoy has: of resources with the same type and name the last counts.
 * Whoever explains many requests makes this once.
 */
export function resourcesOf(...layers: readonly Snapshot[]): Resources {
  const decoded = new Map<Resource, Json>();
  const decode = (key: ResourceKey, resource: Resource): Json => {
    const known = decoded.get(resource);
    if (known !== undefined) return known;
    const json = decodeToJson(typeWithKey(key).message, bodyOf(resource));
    const message = isObject(json) ? json : {};
    decoded.set(resource, message);
    return message;
  };
  const mapsOf = (key: ResourceKey) => layers.map((layer) => layer.set(typeWithKey(key).typeUrl).resources);
  return {
    all: (key, prefix = "") => {
      const byName = new Map(mapsOf(key).flatMap((map) => [...map].map((resource) => [resource.name, resource])));
      const named = [...byName.values()].filter(({ name }) => name.startsWith(prefix));
      return named.map((resource) => decode(key, resource));
    },
    get(key, name) {
      const resource = mapsOf(key)
        .findLast((map) => map.has(name))
        ?.get(name);
      return resource === undefined ? undefined : decode(key, resource);
    },
  };
}

function typeWithKey(key: ResourceKey) {
  const type = resourceTypes.find((candidate) => candidate.key === key);
  if (type === undefined) throw new TypeError(`No resource type has the key "${key}"`);
  return type;
}
