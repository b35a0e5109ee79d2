import type { Resource } from "../resource/resource.ts";
import type { Leaf } from "./leaves.ts";
import type { ResourceMap } from "./resource-set.ts";

/** What few resources have, and what would cost a look at all of them to find out. */
export interface Traits {
  /** Those with a time to live. */
  readonly mortal: readonly Resource[];
  /** True if some are for those only who ask for them by name. */
  readonly someOnDemand: boolean;
}

/** The traits of a map; leaves that it shares with others are looked at once. */
export function traitsOf(resources: ResourceMap): Traits {
  const known = ofMap.get(resources);
  if (known !== undefined) return known;
  const leaves = resources.leaves.map(traitsIn);
  const traits = {
    mortal: leaves.flatMap(({ mortal }) => mortal),
    someOnDemand: leaves.some(({ someOnDemand }) => someOnDemand),
  };
  ofMap.set(resources, traits);
  return traits;
}

const ofMap = new WeakMap<ResourceMap, Traits>();
const ofLeaf = new WeakMap<Leaf<Resource>, Traits>();

function traitsIn(leaf: Leaf<Resource>): Traits {
  const known = ofLeaf.get(leaf);
  if (known !== undefined) return known;
  const traits = {
    mortal: leaf.values.filter(({ ttlMs }) => ttlMs !== undefined),
    someOnDemand: leaf.values.some(({ onDemand }) => onDemand),
  };
  ofLeaf.set(leaf, traits);
  return traits;
}
