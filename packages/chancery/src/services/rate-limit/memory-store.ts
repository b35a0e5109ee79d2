import { type Charge, type Count, countFixed, countGcra, countSliding } from "./count.ts";
import { Generations } from "./generations.ts";
import type { Algorithm } from "./schema.ts";
import type { Store, StoreStats } from "./store.ts";

export interface MemoryStoreOptions {
  /** How many keys are counted at once; beyond that those with the fewest hits are forgotten. Default: 1,000,000. */
  readonly maxKeys?: number | undefined;
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: (() => number) | undefined;
}

/** So much a clock may go back without having been set. */
const trembleMs = 1_000;

/** Counts in this process. */
export class MemoryStore implements Store {
  readonly #maxKeys: number;
  readonly #now: () => number;
  /** By algorithm, then by the length of the window. */
  readonly #kept: Readonly<Record<Algorithm, Map<number, Generations>>> = {
    fixed_window: new Map(),
    sliding_window: new Map(),
    gcra: new Map(),
  };
  #keys = 0;
  #evicted = 0;
  #rolledAtMs = 0;

  constructor(options: MemoryStoreOptions = {}) {
    const { maxKeys = 1_000_000, now = Date.now } = options;
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  get stats(): StoreStats {
    return { keys: this.#keys, evicted: this.#evicted, lost: 0 };
  }

  count(charges: readonly Charge[]): readonly Count[] {
    const nowMs = this.#now();
    this.#roll(nowMs);
    return charges.map((charge) => this.#counts[charge.algorithm](charge, nowMs));
  }

  close(): void {
    for (const kept of Object.values(this.#kept)) kept.clear();
    this.#keys = 0;
  }

  readonly #counts: Readonly<Record<Algorithm, (charge: Charge, nowMs: number) => Count>> = {
    fixed_window: (charge, nowMs) => {
      const kept = this.#of(charge.algorithm, charge.windowMs, nowMs);
      const before = kept.current(charge.key);
      const count = countFixed(before ?? 0, charge, nowMs);
      if (before !== undefined) kept.set(charge.key, count.after);
      else if (count.after > 0) this.#add(kept, charge.key, count.after);
      return count;
    },
    sliding_window: (charge, nowMs) => {
      const kept = this.#of(charge.algorithm, charge.windowMs, nowMs);
      const current = kept.current(charge.key);
      const previous = kept.previous(charge.key) ?? 0;
      const { state, ...count } = countSliding({ previous, current: current ?? 0 }, charge, nowMs);
      if (current !== undefined) kept.set(charge.key, state.current);
      else if (state.current > 0) this.#add(kept, charge.key, state.current);
      if (state.previous !== previous) kept.setPrevious(charge.key, state.previous);
      return count;
    },
    gcra: (charge, nowMs) => {
      // After this time a full bucket is empty: what is in use was written in this window of it or in the one before.
      const fullMs = Math.ceil((charge.windowMs * charge.burst) / Math.max(1, charge.requests));
      const kept = this.#of(charge.algorithm, Math.max(1, fullMs), nowMs);
      const current = kept.current(charge.key);
      const { state, ...count } = countGcra(current ?? kept.previous(charge.key) ?? 0, charge, nowMs);
      if (current !== undefined) kept.set(charge.key, state);
      else if (state > nowMs) this.#add(kept, charge.key, state);
      return count;
    },
  };

  #of(algorithm: Algorithm, windowMs: number, nowMs: number): Generations {
    let kept = this.#kept[algorithm].get(windowMs);
    if (kept === undefined) {
      kept = new Generations(windowMs, { keepsPrevious: algorithm !== "fixed_window" });
      kept.roll(nowMs);
      this.#kept[algorithm].set(windowMs, kept);
    }
    return kept;
  }

  #add(kept: Generations, key: string, value: number): void {
    if (this.#keys >= this.#maxKeys) this.#evict();
    kept.set(key, value);
    this.#keys++;
  }

  #evict(): void {
    let largest: Generations | undefined;
    for (const kept of this.#all()) if (kept.size > (largest?.size ?? 0)) largest = kept;
    largest?.evict();
    this.#evicted++;
    this.#keys--;
  }

  /** Once in a millisecond at most: no window is shorter. A clock that trembles stays where it was. */
  #roll(nowMs: number): void {
    if (nowMs <= this.#rolledAtMs && nowMs > this.#rolledAtMs - trembleMs) return;
    this.#rolledAtMs = nowMs;
    let keys = 0;
    for (const kept of this.#all()) {
      kept.roll(nowMs);
      keys += kept.size;
    }
    this.#keys = keys;
  }

  *#all(): Iterable<Generations> {
    for (const kept of Object.values(this.#kept)) yield* kept.values();
  }
}
