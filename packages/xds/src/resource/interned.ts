import { Slab } from "./slab.ts";

/** What has a hash of 64 bits, as two numbers of 32 bits with a sign. */
interface Hashed {
  readonly versionHigh: number;
  readonly versionLow: number;
}

/**
 * Finds again, by its hash, what is in use somewhere, and keeps nothing alive for that. It is told of slabs, since a weak
 * reference to each thing would cost more than to make the thing: what shares one is forgotten together.
 */
export class Interned<T extends Hashed, Wanted> {
  #high = new Int32Array(leastSlots);
  #low = new Int32Array(leastSlots);
  /** The slab, and where in it. */
  #slabs: (WeakRef<Slab<T>> | undefined)[] = new Array(leastSlots).fill(undefined);
  #indexes = new Uint32Array(leastSlots);
  #used = 0;
  /** Each slab once. */
  #references: WeakRef<Slab<T>>[] = [];
  #last: Slab<T> | undefined;
  readonly #isSame: (item: T, wanted: Wanted) => boolean;

  constructor(isSame: (item: T, wanted: Wanted) => boolean) {
    this.#isSame = isSame;
  }

  /** The one with this hash that is what is wanted. */
  find({ high, low }: { readonly high: number; readonly low: number }, wanted: Wanted): T | undefined {
    const mask = this.#high.length - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const slab = this.#slabs[at];
      if (slab === undefined) return undefined;
      if (this.#low[at] !== low || this.#high[at] !== high) continue;
      const item = slab.deref()?.items[this.#indexes[at] as number]; // as long as the slabs
      if (item !== undefined && this.#isSame(item, wanted)) return item;
    }
  }

  /** Adds what `make` makes of a slab, which it has to keep, and the place in it of a copy of some bytes. */
  add(bytes: Uint8Array, make: (slab: Slab<T>, start: number) => T): T {
    if (this.#used >= this.#high.length / 2) this.#grow();
    const slab = Slab.for(bytes.length, this.#last);
    if (slab !== this.#last) this.#references.push(slab.reference);
    this.#last = slab;
    const item = make(slab, slab.copy(bytes));
    this.#put(item.versionHigh, item.versionLow, slab.reference, slab.items.push(item) - 1);
    return item;
  }

  #put(high: number, low: number, slab: WeakRef<Slab<T>>, index: number): void {
    const mask = this.#high.length - 1;
    let at = low & mask;
    while (this.#slabs[at] !== undefined) at = (at + 1) & mask;
    this.#high[at] = high;
    this.#low[at] = low;
    this.#slabs[at] = slab;
    this.#indexes[at] = index;
    this.#used++;
  }

  /** Forgets what is gone, so that its cost for each thing that is added stays constant. */
  #grow(): void {
    const highs = this.#high;
    const lows = this.#low;
    const slabs = this.#slabs;
    const indexes = this.#indexes;
    const alive = new Set(this.#references.filter((slab) => slab.deref() !== undefined));
    const isGone = alive.size < this.#references.length;
    this.#references = [...alive];
    const kept = isGone ? slabs.map((slab) => (slab !== undefined && alive.has(slab) ? slab : undefined)) : slabs;
    const count = isGone ? kept.reduce((sum, slab) => sum + (slab === undefined ? 0 : 1), 0) : this.#used;
    let slots = leastSlots;
    while (slots < count * 4) slots *= 2;
    this.#high = new Int32Array(slots);
    this.#low = new Int32Array(slots);
    this.#slabs = new Array(slots).fill(undefined);
    this.#indexes = new Uint32Array(slots);
    this.#used = 0;
    for (let at = 0; at < kept.length; at++) {
      const slab = kept[at];
      if (slab === undefined) continue;
      this.#put(highs[at] as number, lows[at] as number, slab, indexes[at] as number); // all are as long
    }
  }
}

/** A power of two, as all of its sizes are. */
const leastSlots = 2048;
