/**
 * Memory for what lives long, in pieces beside each other. In the pool that Node takes small buffers from, each piece would
 * keep alive all that was read or written around it: ten times its own size, where much is read and little stays.
 */
export function allocate(length: number): Buffer {
  if (length > slabBytes / 4) return Buffer.allocUnsafeSlow(length);
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    used = 0;
  }
  const piece = slab.subarray(used, used + length);
  used += length;
  return piece;
}

/** More would be kept alive by a single piece of it; less would be a memory of its own too often. */
const slabBytes = 8 * 1024;

let slab = Buffer.alloc(0);
let used = 0;
