import { Spares } from "../http2/index.ts";

const KiB = 1024;

/** Bytes a buffer has: what is not written to takes no memory. */
const sizes = [spares(32 * KiB, 256), spares(128 * KiB, 256), spares(1024 * KiB, 8)];

/**
 * A buffer to put a message together in, for `giveBack`. It has room for `bytes`, and not for much more, as they may be all
 * that ever comes. Undefined for what is so large that it is seldom.
 */
export function lend(bytes: number): Buffer | undefined {
  return sizes.find((of) => of.bytes >= bytes)?.spare.take();
}

/** Nobody looks at the buffer any more; one that was not lent is let go. */
export function giveBack(body: Buffer): void {
  sizes.find(({ bytes }) => bytes === body.length)?.spare.give(body);
}

function spares(bytes: number, most: number): { readonly bytes: number; readonly spare: Spares<Buffer> } {
  return { bytes, spare: new Spares(most, () => Buffer.allocUnsafeSlow(bytes)) };
}
