/**
 * A piece of memory for what lives long, shared by several things beside each other, and a list of those. In the pool
 * that Node takes small buffers from, each would keep alive all that was read or written around it: ten times its own
 * size, where much is read and little stays.
 */
export class Slab<T> {
  /** What stands in it, in the order in which it came. */
  readonly items: T[] = [];
  /** Made once, as it costs more than what it refers to. */
  readonly reference: WeakRef<Slab<T>> = new WeakRef(this);
  readonly bytes: Buffer;
  #used = 0;

  private constructor(length: number) {
    this.bytes = Buffer.allocUnsafeSlow(length);
  }

  /** The slab in which the next piece goes: `last`, if there is room in it. */
  static for<T>(length: number, last: Slab<T> | undefined): Slab<T> {
    if (last !== undefined && last.#used + length <= last.bytes.length) return last;
    return new Slab(length > slabBytes / 4 ? length : slabBytes);
  }

  /** Copies some bytes into it; where they begin. */
  copy(bytes: Uint8Array): number {
    const start = this.#used;
    this.bytes.set(bytes, start);
    this.#used += bytes.length;
    return start;
  }
}

/** More would be kept alive by a single piece of it; less would be a memory of its own too often. */
const slabBytes = 8 * 1024;
