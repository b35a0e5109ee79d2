import type { DecisionKind } from "./decisions.ts";

/** How often a rule of a policy decided so. */
export interface DecisionCount {
  readonly policy: string;
  /** "" if no rule did. */
  readonly rule: string;
  readonly decision: DecisionKind;
  /** Whether it was only told of. */
  readonly dryRun: boolean;
  readonly count: number;
}

/** Upper bounds of how long decisions take, in seconds. */
export const durationBounds: readonly number[] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.25];

/** Counts decisions, and how long they took. */
export class Statistics {
  readonly #counts = new Map<string, { -readonly [Key in keyof DecisionCount]: DecisionCount[Key] }>();
  readonly #buckets: number[] = Array.from({ length: durationBounds.length + 1 }, () => 0);
  #seconds = 0;

  add(what: Omit<DecisionCount, "count">): void {
    const { policy, rule, decision, dryRun } = what;
    const key = `${decision}\0${dryRun}\0${policy}\0${rule}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { ...what, count: 1 });
    else known.count++;
  }

  took(seconds: number): void {
    const found = durationBounds.findIndex((bound) => seconds <= bound);
    const bucket = found < 0 ? durationBounds.length : found;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#seconds += seconds;
  }

  get counts(): Iterable<DecisionCount> {
    return this.#counts.values();
  }

  get durations(): { readonly counts: readonly number[]; readonly sum: number } {
    return { counts: this.#buckets, sum: this.#seconds };
  }
}
