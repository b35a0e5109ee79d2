import type { Stream } from "./stream.ts";

const MIN_SLOTS = 8;

/** Above so many, it is worth the work to become small again. */
const MANY_SLOTS = 1024;

/**
 * The open streams of a connection by their numbers, which count up, so that mostly each has a slot of its own. A `Map`
 * replaces its tables every few calls; the old ones hold what was in them, and once the heap's old space has one of them,
 * all that it holds goes there too, and the next table with it.
 */
export class StreamTable {
  /** At least half of them empty, so that every search ends. */
  #slots: (Stream | undefined)[] = emptySlots(MIN_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): Stream | undefined {
    return this.#slots[this.#find(id)];
  }

  add(stream: Stream): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#resize(2 * this.#slots.length);
    const index = this.#find(stream.id);
    if (this.#slots[index] === undefined) this.#size++;
    this.#slots[index] = stream;
  }

  delete({ id }: Stream): void {
    let hole = this.#find(id);
    if (this.#slots[hole] === undefined) return;
    this.#slots[hole] = undefined;
    this.#size--;
    // Those that follow move up, where the empty slot is between the one that they would have and the one that they have.
    for (let index = this.#next(hole); ; index = this.#next(index)) {
      const stream = this.#slots[index];
      if (stream === undefined) break;
      const mask = this.#slots.length - 1;
      const isPast = ((index - (stream.id >>> 1)) & mask) >= ((index - hole) & mask);
      if (!isPast) continue;
      this.#slots[hole] = stream;
      this.#slots[index] = undefined;
      hole = index;
    }
    if (this.#slots.length > MANY_SLOTS && 16 * this.#size < this.#slots.length) this.#resize(this.#slots.length / 4);
  }

  /** Those that are open now, whatever becomes of them meanwhile. */
  values(): readonly Stream[] {
    return this.#slots.filter((stream) => stream !== undefined);
  }

  /** Where a stream is, or would be. */
  #find(id: number): number {
    let index = (id >>> 1) & (this.#slots.length - 1);
    for (;;) {
      const stream = this.#slots[index];
      if (stream === undefined || stream.id === id) return index;
      index = this.#next(index);
    }
  }

  #next(index: number): number {
    return (index + 1) & (this.#slots.length - 1);
  }

  #resize(length: number): void {
    const streams = this.values();
    this.#slots = emptySlots(length);
    for (const stream of streams) this.#slots[this.#find(stream.id)] = stream;
  }
}

function emptySlots(length: number): (Stream | undefined)[] {
  return new Array<Stream | undefined>(length).fill(undefined);
}
