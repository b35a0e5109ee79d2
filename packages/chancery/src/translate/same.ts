/** A list that is kept, without the room to grow that `flatMap` and the like leave: more than most lists hold. */
export function compact<T>(list: readonly T[]): readonly T[] {
  return list.slice();
}

/** Whether two lists have the same items, by identity. */
export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
