/** Bytes a buffer has, and how many of that size are kept: what is not written to takes no memory. */
const sizes = [
  { bytes: 32 * 1024, most: 128, spare: [] as Buffer[] },
  { bytes: 128 * 1024, most: 48, spare: [] as Buffer[] },
  { bytes: 1024 * 1024, most: 8, spare: [] as Buffer[] },
];

/**
 * A buffer to put a message together in, for `giveBack`: one for every ACK with a node in it, or every report, would have
 * the heap collected all the time. It has room for `bytes`, and not for much more, as they may be all that ever comes.
 * Undefined for what is so large that it is seldom.
 */
export function lend(bytes: number): Buffer | undefined {
  const size = sizes.find((of) => of.bytes >= bytes);
  return size && (size.spare.pop() ?? Buffer.allocUnsafeSlow(size.bytes));
}

/** Nobody looks at the buffer any more; one that was not lent is let go. */
export function giveBack(body: Buffer): void {
  const size = sizes.find(({ bytes }) => bytes === body.length);
  if (size !== undefined && size.spare.length < size.most) size.spare.push(body);
}
