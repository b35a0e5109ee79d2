/**
 * Works out fingerprints of 64 bits: two hashes of 32 bits that have as good as nothing in common. Both are what a CRC is,
 * with polynomials of their own, but a word at a time: after each word they take a step of a xorshift generator
 * (https://doi.org/10.18637/jss.v008.i14). They take a small part of the time of a SHA-256, but bytes with the fingerprint
 * of others can be made at will: what has to be the same is compared, and a fingerprint is shown to nobody.
 */
export class Fingerprint {
  /** Of the bytes that were given last, as two numbers with a sign. */
  high = 0;
  low = 0;

  /** Takes the bytes from `start` to `end`. */
  take(bytes: DataView, start: number, end: number): void {
    let high = end - start;
    let low = ~high;
    let at = start;
    // Nothing is multiplied, since `Math.imul` is a call in all code but the most optimized.
    for (; at + 4 <= end; at += 4) {
      const word = bytes.getInt32(at, true);
      high ^= word;
      high ^= high << 13;
      high ^= high >>> 17;
      high ^= high << 5;
      low ^= word;
      low ^= low << 5;
      low ^= low >>> 9;
      low ^= low << 7;
    }
    if (at < end) {
      const word = lastWord(bytes, at, end);
      high ^= word;
      low ^= word;
    }
    this.high = spread(high);
    this.low = spread(low);
  }
}

function lastWord(bytes: DataView, start: number, end: number): number {
  let word = 0;
  for (let at = start; at < end; at++) word = (word << 8) | bytes.getUint8(at);
  return word;
}

/** Has each bit depend on all of them, as MurmurHash3 does in the end. */
function spread(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const most = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return most ^ (most >>> 16);
}
