/** How many of the oldest keys are looked at for the one to forget. */
const samples = 8;

/**
 * Numbers by key that go all at once, with the window they belong to: this window's and, if wanted, those of the one
 * before. So nothing has to be looked for that has run out, and what a window costs ends with it.
 */
export class Generations {
  readonly #windowMs: number;
  readonly #keepsPrevious: boolean;
  #index = 0;
  #current = new Map<string, number>();
  #previous = new Map<string, number>();

  constructor(windowMs: number, options: { readonly keepsPrevious: boolean }) {
    this.#windowMs = windowMs;
    this.#keepsPrevious = options.keepsPrevious;
  }

  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  /** Lets go of the windows that are over; and, if the clock was set back, of those to come. */
  roll(nowMs: number): void {
    const index = Math.floor(nowMs / this.#windowMs);
    if (index === this.#index) return;
    this.#previous = this.#keepsPrevious && index === this.#index + 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#index = index;
  }

  current(key: string): number | undefined {
    return this.#current.get(key);
  }

  previous(key: string): number | undefined {
    return this.#previous.get(key);
  }

  set(key: string, value: number): void {
    this.#current.set(key, value);
  }

  setPrevious(key: string, value: number): void {
    this.#previous.set(key, value);
  }

  /** Forgets one key: of some of the oldest the one with the lowest number, which loses least by it. */
  evict(): void {
    const map = this.#previous.size > 0 ? this.#previous : this.#current;
    let lowest: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    const kept: [string, number][] = [];
    for (const entry of map) {
      if (kept.length === samples) break;
      kept.push(entry);
      if (entry[1] >= least) continue;
      [lowest, least] = entry;
    }
    // The others have had their turn: they are the youngest from now on.
    for (const [key, value] of kept) {
      map.delete(key);
      if (key !== lowest) map.set(key, value);
    }
  }
}
