import { isObject, type Json, textIn } from "../explain/json.ts";
import { mapObjects } from "./canonical.ts";
import { Names, toName } from "./names.ts";

/** What clusters are called as services. */
export type ServiceNames = ReadonlyMap<string, string>;

/** A cluster whose name a service may have keeps it, whatever the others are called. */
export function toServiceNames(clusters: readonly Json[]): ServiceNames {
  const names = clusters.map((cluster) => textIn(cluster, "name"));
  const given = new Names();
  const kept = new Set(names.filter((name) => toName(name) === name).map((name) => given.take(name)));
  return new Map(names.map((name) => [name, kept.has(name) ? name : given.take(name)]));
}

/** A part of a configuration that calls clusters by the names of services. */
export function renameClusters(value: unknown, names: ServiceNames): unknown {
  return mapObjects(value, (object, key) => {
    const entries = Object.entries(object).map(([field, content]) => [field, rename(content, { field, key, names })]);
    return Object.fromEntries(entries);
  });
}

interface Place {
  readonly field: string;
  /** The field that the object stands in which the field is one of. */
  readonly key: string;
  readonly names: ServiceNames;
}

/** The fields that hold the names of clusters, wherever they stand. */
const fields: ReadonlySet<string> = new Set(["cluster", "cluster_name", "shadow_cluster", "collector_cluster"]);

function rename(content: unknown, { field, key, names }: Place): unknown {
  // The clusters of weighted clusters have names, those of an aggregate are names.
  const isName = fields.has(field) || (field === "name" && key === "clusters");
  if (typeof content === "string" && isName) return names.get(content) ?? content;
  if (field !== "clusters" || !Array.isArray(content)) return content;
  return content.map((item) => (isObject(item) ? item : (names.get(String(item)) ?? item)));
}
