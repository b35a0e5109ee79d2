/**
 * A piece of memory for what lives long, shared by several things beside each other, and a list of those. In the pool
 * that Node takes small buffers from, each would keep alive all that was read or written around it: ten times its own
 * size, where much is read and little stays.
 */
export class Slab<T> {
  readonly bytes: Buffer;
  /** Where the next thing goes. */
  used = 0;
  /** What stands in it, in the order in which it came. Made with room for as many as there mostly are. */
  readonly items: T[] = new Array<T>(likelyItems);
  /** How many. */
  count = 0;
  /** Made once, as it costs more than what it refers to. */
  readonly reference: WeakRef<Slab<T>> = new WeakRef(this);
  /** Where a list of all slabs has it; undefined until something stands in it. */
  index: number | undefined;

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafeSlow(length > slabBytes / 4 ? length : slabBytes);
  }

  hasRoomFor(length: number): boolean {
    return this.used + length <= this.bytes.length;
  }
}

const likelyItems = 48;

/** More would be kept alive by a single piece of it; less would be a memory of its own too often. */
const slabBytes = 8 * 1024;
