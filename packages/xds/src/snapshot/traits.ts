import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "./resource-set.ts";
import { summary } from "./summary.ts";

/** What few resources have, and what would cost a look at all of them to find out. */
export interface Traits {
  /** Those with a time to live. */
  readonly mortal: readonly Resource[];
  /** True if some are for those only who ask for them by name. */
  readonly someOnDemand: boolean;
}

/** The traits of a map. */
export const traitsOf: (resources: ResourceMap) => Traits = summary<Resource, Traits>(
  ({ values }) => {
    const mortal = values.filter(({ ttlMs }) => ttlMs !== undefined);
    const someOnDemand = values.some(({ onDemand }) => onDemand);
    return mortal.length > 0 || someOnDemand ? { mortal, someOnDemand } : noTraits;
  },
  (parts) => {
    const special = parts.filter((part) => part !== noTraits);
    if (special.length === 0) return noTraits;
    return {
      mortal: special.flatMap(({ mortal }) => mortal),
      someOnDemand: special.some(({ someOnDemand }) => someOnDemand),
    };
  },
);

const noTraits: Traits = { mortal: [], someOnDemand: false };
