import { isDeepStrictEqual } from "node:util";
import { type Json, objectIn, objectsIn, textIn, textsIn } from "./json.ts";

/** What endpoints are told apart by: their metadata under `envoy.lb`. */
export type Labels = Json;

/** The labels that a route asks for, those of the cluster's weight before its own. */
export function labelsWanted(action: Json, weight?: Json): Labels {
  return { ...labelsIn(objectIn(action, "metadata_match")), ...labelsIn(objectIn(weight, "metadata_match")) };
}

function labelsIn(metadata: Json | undefined): Labels {
  return objectIn(objectIn(metadata, "filter_metadata"), "envoy.lb") ?? {};
}

/** Such as `stage=prod, version=v2`. */
export function formatLabels(labels: Labels): string {
  const parts = Object.entries(labels).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return parts.sort().join(", ");
}

export interface Subset {
  isIn(endpoint: Json): boolean;
  /** Why it is not the one that was asked for. */
  readonly note?: string;
}

const everywhere: Subset = { isIn: () => true };

/**
 * Which endpoints of a cluster requests may go to that ask for these labels.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/upstream/load_balancing/subsets
 */
export function subsetOf(cluster: Json, wanted: Labels, endpoints: readonly Json[]): Subset {
  const config = objectIn(cluster, "lb_subset_config");
  if (config === undefined) return everywhere;
  const keys = Object.keys(wanted).sort();
  const isSelected = objectsIn(config, "subset_selectors").some((selector) =>
    isDeepStrictEqual(textsIn(selector, "keys").toSorted(), keys),
  );
  const isIn = (labels: Labels) => (endpoint: Json) => has(endpoint, labels);
  if (isSelected && endpoints.some(isIn(wanted))) return { isIn: isIn(wanted) };
  const none =
    keys.length === 0 ? "the route asks for no subset" : `no endpoint is in the subset ${formatLabels(wanted)}`;
  const policy = textIn(config, "fallback_policy") || "NO_FALLBACK";
  if (policy === "ANY_ENDPOINT")
    return keys.length === 0 ? everywhere : { ...everywhere, note: `${none}, so any may be taken` };
  if (policy === "NO_FALLBACK") return { isIn: () => false, note: `${none}, and there is no fallback` };
  const preset = objectIn(config, "default_subset") ?? {};
  return { isIn: isIn(preset), note: `${none}: it is the default one, ${formatLabels(preset)}` };
}

function has(endpoint: Json, labels: Labels): boolean {
  const own = labelsIn(objectIn(endpoint, "metadata"));
  return Object.entries(labels).every(([key, value]) => isDeepStrictEqual(own[key], value));
}
