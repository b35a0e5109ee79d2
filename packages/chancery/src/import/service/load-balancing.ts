import { isObject, type Json, numberIn, objectIn, objectsIn, textIn, textsIn } from "../../explain/json.ts";
import { type Authored, durationIn, said } from "../values.ts";

const policies: Readonly<Record<string, string>> = {
  LEAST_REQUEST: "least-request",
  RANDOM: "random",
  RING_HASH: "ring-hash",
  MAGLEV: "maglev",
};

/** How endpoints are chosen. */
export function loadBalancing(cluster: Json): Authored {
  const policy = policies[textIn(cluster, "lb_policy")];
  const common = objectIn(cluster, "common_lb_config");
  const factor = numberIn(objectIn(common, "consistent_hashing_lb_config"), "hash_balance_factor");
  const leastRequest = objectIn(cluster, "least_request_lb_config");
  const more = said({
    choices: numberIn(leastRequest, "choice_count"),
    ringSize: numberIn(objectIn(cluster, "ring_hash_lb_config"), "minimum_ring_size"),
    tableSize: numberIn(objectIn(cluster, "maglev_lb_config"), "table_size"),
    boundedLoad: factor === undefined ? undefined : factor / 100,
    slowStart: slowStart(leastRequest ?? objectIn(cluster, "round_robin_lb_config")),
    locality: locality(cluster, common),
    subsets: subsets(objectIn(cluster, "lb_subset_config")),
  });
  if (more === undefined) return policy === undefined ? {} : { loadBalancing: policy };
  return { loadBalancing: said({ policy, ...more }) };
}

function slowStart(config: Json | undefined): Authored | undefined {
  const options = objectIn(config, "slow_start_config");
  const window = durationIn(options, "slow_start_window");
  if (window === undefined) return undefined;
  return said({
    window,
    aggression: numberIn(objectIn(options, "aggression"), "default_value"),
    minWeight: numberIn(objectIn(options, "min_weight_percent"), "value"),
  });
}

function locality(cluster: Json, common: Json | undefined): unknown {
  if (objectIn(common, "zone_aware_lb_config") !== undefined) return "zone-aware";
  if (objectIn(common, "locality_weighted_lb_config") === undefined) return undefined;
  const groups = objectsIn(objectIn(cluster, "load_assignment"), "endpoints");
  const weights = groups.flatMap((group): [string, number][] => {
    const place = objectIn(group, "locality");
    const weight = numberIn(group, "load_balancing_weight");
    const name = [textIn(place, "region"), textIn(place, "zone")].filter((part) => part !== "").join("/");
    return name !== "" && weight !== undefined ? [[name, weight]] : [];
  });
  return weights.length === 0 ? "weighted" : { mode: "weighted", weights: Object.fromEntries(weights) };
}

function subsets(config: Json | undefined): readonly (readonly string[])[] | undefined {
  const selectors = config?.subset_selectors;
  if (!Array.isArray(selectors) || selectors.length === 0) return undefined;
  return selectors.filter(isObject).map((selector) => textsIn(selector, "keys"));
}
