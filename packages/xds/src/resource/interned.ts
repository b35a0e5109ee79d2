import { Slab } from "./slab.ts";

/** What has a fingerprint of 64 bits, as two numbers of 32 bits with a sign. */
export interface Fingerprinted {
  readonly fingerprintHigh: number;
  readonly fingerprintLow: number;
}

/**
 * Finds again, by its fingerprint, what is in use somewhere, and keeps nothing alive for that. Weak references point to slabs,
 * since one to each thing would cost more than to make the thing: what shares a slab is forgotten together.
 */
export class Interned<T extends Fingerprinted> {
  /** Four numbers for each thing, beside each other: its fingerprint, which slab (counted from 1), and where in it. */
  #table = new Int32Array(leastSlots * slotSize);
  #used = 0;
  #slabs: WeakRef<Slab<T>>[] = [];
  #last: Slab<T> | undefined;

  /** A slab with room for something: to be written behind what is in use of it, and then added if it was not found. */
  slabFor(length: number): Slab<T> {
    if (this.#last?.hasRoomFor(length)) return this.#last;
    this.#last = new Slab(length);
    return this.#last;
  }

  /** The one with this fingerprint for which `isSame` holds, unless many others have it too: they were made to have it. */
  find(high: number, low: number, isSame: (item: T) => boolean): T | undefined {
    const table = this.#table;
    const last = table.length - slotSize;
    let left = mostAlike;
    for (let at = (low << slotShift) & last; ; at = (at + slotSize) & last) {
      const slab = table[at + 2] as number; // within bounds
      if (slab === 0) return undefined;
      if (table[at + 1] !== low || table[at] !== high) continue;
      if (left-- === 0) return undefined;
      const item = this.#slabs[slab - 1]?.deref()?.items[table[at + 3] as number];
      if (item !== undefined && isSame(item)) return item;
    }
  }

  /** Adds what was written into a slab, which it has to keep. */
  add(item: T, slab: Slab<T>, length: number): void {
    if (this.#used >= (this.#table.length / slotSize) * (2 / 3)) this.#grow();
    slab.index ??= this.#slabs.push(slab.reference) - 1;
    this.#put(item.fingerprintHigh, item.fingerprintLow, slab.index + 1, slab.count);
    slab.items[slab.count++] = item;
    slab.used += length;
  }

  #put(high: number, low: number, slab: number, index: number): void {
    const table = this.#table;
    const last = table.length - slotSize;
    let at = (low << slotShift) & last;
    while (table[at + 2] !== 0) at = (at + slotSize) & last;
    table[at] = high;
    table[at + 1] = low;
    table[at + 2] = slab;
    table[at + 3] = index;
    this.#used++;
  }

  /** Forgets what is gone, so that its cost for each thing that is added stays constant. */
  #grow(): void {
    const before = this.#table;
    const alive = this.#slabs.map((slab) => slab.deref());
    this.#slabs = [];
    let count = 0;
    for (const slab of alive) {
      if (slab === undefined) continue;
      slab.index = this.#slabs.push(slab.reference) - 1;
      count += slab.count;
    }
    let slots = leastSlots;
    while (slots < count * 2.5) slots *= 2;
    this.#table = new Int32Array(slots * slotSize);
    this.#used = 0;
    for (let at = 0; at < before.length; at += slotSize) {
      const slab = before[at + 2] as number;
      const index = slab === 0 ? undefined : alive[slab - 1]?.index;
      if (index === undefined) continue;
      this.#put(before[at] as number, before[at + 1] as number, index + 1, before[at + 3] as number);
    }
  }
}

/** A power of two, as all numbers of slots are. */
const leastSlots = 2048;
/** Numbers for each, and what to shift by instead of multiplying with them. */
const slotSize = 4;
const slotShift = 2;

/** As many with one fingerprint are compared. */
const mostAlike = 16;
