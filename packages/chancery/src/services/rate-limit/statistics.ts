import type { Count } from "./count.ts";

/** Hits on one rule, or on one value of it, since the start. They only grow. */
export interface RuleStats {
  readonly domain: string;
  /** The name of the rule without the domain: `key_value.key`. */
  readonly rule: string;
  totalHits: number;
  overLimit: number;
  /** Within the limit, but beyond most of it. */
  nearLimit: number;
  withinLimit: number;
  /** Over the limit, and let through all the same. */
  shadowMode: number;
}

/** Counts hits by what the rules call them. Clients choose the values, so that there are only so many. */
export class Statistics {
  readonly #stats = new Map<string, Named>();
  readonly #maxNames: number;

  constructor(maxNames = 10_000) {
    this.#maxNames = maxNames;
  }

  all(): IteratorObject<RuleStats> {
    return this.#stats.values().map(({ stats }) => stats);
  }

  /** Gives rules their zeros, and forgets the numbers of all others. */
  keep(rules: readonly { readonly domain: string; readonly name: string }[]): void {
    const before = [...this.#stats];
    this.#stats.clear();
    for (const { domain, name } of rules) this.of({ domain, name, rule: name });
    for (const [name, named] of before) if (this.#stats.has(named.rule)) this.#stats.set(name, named);
  }

  /** The numbers of a name of a rule; when there are too many names already, those of the rule. */
  of({ domain, name, rule }: { readonly domain: string; readonly name: string; readonly rule: string }): RuleStats {
    const known = this.#stats.get(name);
    if (known !== undefined) return known.stats;
    if (this.#stats.size >= this.#maxNames && name !== rule) return this.of({ domain, name: rule, rule });
    const stats = newStats(domain, name);
    this.#stats.set(name, { stats, rule });
    return stats;
  }
}

interface Named {
  readonly stats: RuleStats;
  /** The name of the rule that the numbers are of. */
  readonly rule: string;
}

function newStats(domain: string, name: string): RuleStats {
  const rule = name.slice(domain.length + 1);
  return { domain, rule, totalHits: 0, overLimit: 0, nearLimit: 0, withinLimit: 0, shadowMode: 0 };
}

/** Adds hits that no limit is set for. */
export function noteUnlimited(stats: RuleStats, hits: number): void {
  if (hits <= 0) return;
  stats.totalHits += hits;
  stats.withinLimit += hits;
}

interface Noted {
  readonly hits: number;
  /** The limit. */
  readonly most: number;
  readonly shadow: boolean;
  /** Beyond what part of the limit hits are near it. */
  readonly nearRatio: number;
}

/** Adds hits: each is over the limit, or within it, and near it if it is within and beyond most of it. */
export function noteCount(
  stats: RuleStats,
  { before, after, over }: Count,
  { hits, most, shadow, nearRatio }: Noted,
): void {
  if (hits <= 0) return;
  const near = Math.min(after, most) - Math.max(before, Math.floor(most * nearRatio));
  stats.totalHits += hits;
  // Other windows than fixed ones count in fractions.
  stats.nearLimit += Math.max(0, Math.round(near));
  if (!over) {
    stats.withinLimit += hits;
    return;
  }
  const beyond = Math.min(hits, Math.ceil(after - most));
  stats.overLimit += beyond;
  if (shadow) stats.shadowMode += beyond;
}
