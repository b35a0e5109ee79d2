import type { CurrentLimit } from "@chancery/xds/services";
import { RateLimitUnit } from "@chancery/xds/services";
import type { Algorithm, UnitName } from "./schema.ts";

/** A limit, however it came to be: from a file, or from a descriptor that brings its own. */
export interface Limit {
  readonly requests: number;
  readonly windowMs: number;
  readonly algorithm: Algorithm;
  /** GCRA: how many hits may come at once. */
  readonly burst: number;
  /** What clients are told of it. */
  readonly current: CurrentLimit;
}

/** What holds for the descriptors that it matches. */
export interface Rule {
  readonly domain: string;
  /** What statistics call it: `domain.key_value.key`. */
  readonly name: string;
  /** Undefined if there is none: what matches is counted and let through. */
  readonly limit: Limit | undefined;
  /** The name by which others replace it; "" if it has none. */
  readonly label: string;
  /** The labels of the rules that do not count where this one matches. */
  readonly replaces: readonly string[];
  /** Over the limit, let it through all the same. */
  readonly shadow: boolean;
  /** As shadow, and tell who asked that the quota is used up. */
  readonly quota: boolean;
  /** Count each value by itself. */
  readonly detailedMetric: boolean;
}

const secondMs = 1000;
const dayMs = 86_400 * secondMs;

/** Milliseconds and the number in the API by the name of each unit. */
export const units: Readonly<Record<UnitName, { readonly ms: number; readonly number: RateLimitUnit }>> = {
  second: { ms: secondMs, number: RateLimitUnit.SECOND },
  minute: { ms: 60 * secondMs, number: RateLimitUnit.MINUTE },
  hour: { ms: 3600 * secondMs, number: RateLimitUnit.HOUR },
  day: { ms: dayMs, number: RateLimitUnit.DAY },
  week: { ms: 7 * dayMs, number: RateLimitUnit.WEEK },
  month: { ms: 30 * dayMs, number: RateLimitUnit.MONTH },
  year: { ms: 365 * dayMs, number: RateLimitUnit.YEAR },
};
