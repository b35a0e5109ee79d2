/** What two texts have between the beginning and the end that they share. */
export interface Difference {
  readonly start: number;
  /** Where it ends in the text before. */
  readonly end: number;
  /** Where it ends in the text after. */
  readonly newEnd: number;
}

/** Finds where two texts differ. Long pieces are compared as wholes, which is as fast as memory. */
export function differenceOf(before: string, after: string): Difference {
  const shorter = Math.min(before.length, after.length);
  const start = countShared(shorter, (from, to) => before.slice(from, to) === after.slice(from, to));
  const shared = countShared(
    shorter - start,
    (from, to) =>
      before.slice(before.length - to, before.length - from) === after.slice(after.length - to, after.length - from),
  );
  return { start, end: before.length - shared, newEnd: after.length - shared };
}

const pieceLength = 4096;

/** How many of so many signs are the same, by halving the first piece that is not. */
function countShared(length: number, isSame: (from: number, to: number) => boolean): number {
  let from = 0;
  while (from < length && isSame(from, Math.min(length, from + pieceLength))) from += pieceLength;
  if (from >= length) return length;
  let to = Math.min(length, from + pieceLength);
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if (isSame(from, middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}
