import { Slab } from "./slab.ts";

/** What has a hash of 64 bits, as two numbers of 32 bits with a sign. */
export interface Hashed {
  readonly versionHigh: number;
  readonly versionLow: number;
}

/**
 * Finds again, by its hash, what is in use somewhere, and keeps nothing alive for that. Weak references point to slabs,
 * since one to each thing would cost more than to make the thing: what shares a slab is forgotten together.
 */
export class Interned<T extends Hashed> {
  #high = new Int32Array(leastSlots);
  #low = new Int32Array(leastSlots);
  /** Which slab, counted from 1, and where in it. */
  #slabOf = new Uint32Array(leastSlots);
  #indexOf = new Uint16Array(leastSlots);
  #used = 0;
  #slabs: WeakRef<Slab<T>>[] = [];
  #last: Slab<T> | undefined;

  /** A slab with room for something: to be written behind what is in use of it, and then added if it was not found. */
  slabFor(length: number): Slab<T> {
    if (this.#last?.hasRoomFor(length)) return this.#last;
    this.#last = new Slab(length);
    return this.#last;
  }

  /** The one with this hash for which `isSame` holds. */
  find(high: number, low: number, isSame: (item: T) => boolean): T | undefined {
    const slabOf = this.#slabOf;
    const mask = slabOf.length - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const slab = slabOf[at] as number; // within bounds
      if (slab === 0) return undefined;
      if (this.#low[at] !== low || this.#high[at] !== high) continue;
      const item = this.#slabs[slab - 1]?.deref()?.items[this.#indexOf[at] as number];
      if (item !== undefined && isSame(item)) return item;
    }
  }

  /** Adds what was written into a slab, which it has to keep. */
  add(item: T, slab: Slab<T>, length: number): void {
    if (this.#used >= (this.#slabOf.length * 2) / 3) this.#grow();
    slab.index ??= this.#slabs.push(slab.reference) - 1;
    this.#put(item.versionHigh, item.versionLow, slab.index + 1, slab.items.push(item) - 1);
    slab.used += length;
  }

  #put(high: number, low: number, slab: number, index: number): void {
    const slabOf = this.#slabOf;
    const mask = slabOf.length - 1;
    let at = low & mask;
    while (slabOf[at] !== 0) at = (at + 1) & mask;
    this.#high[at] = high;
    this.#low[at] = low;
    slabOf[at] = slab;
    this.#indexOf[at] = index;
    this.#used++;
  }

  /** Forgets what is gone, so that its cost for each thing that is added stays constant. */
  #grow(): void {
    const high = this.#high;
    const low = this.#low;
    const slabOf = this.#slabOf;
    const indexOf = this.#indexOf;
    const alive = this.#slabs.map((slab) => slab.deref());
    this.#slabs = [];
    for (const slab of alive) if (slab !== undefined) slab.index = this.#slabs.push(slab.reference) - 1;
    const count = slabOf.reduce((sum, slab) => sum + (slab > 0 && alive[slab - 1] !== undefined ? 1 : 0), 0);
    let slots = leastSlots;
    while (slots < count * 2.5) slots *= 2;
    this.#high = new Int32Array(slots);
    this.#low = new Int32Array(slots);
    this.#slabOf = new Uint32Array(slots);
    this.#indexOf = new Uint16Array(slots);
    this.#used = 0;
    for (let at = 0; at < slabOf.length; at++) {
      const index = slabOf[at] === 0 ? undefined : alive[(slabOf[at] as number) - 1]?.index; // all are as long
      if (index !== undefined) this.#put(high[at] as number, low[at] as number, index + 1, indexOf[at] as number);
    }
  }
}

/** A power of two, as all of its sizes are. */
const leastSlots = 2048;
