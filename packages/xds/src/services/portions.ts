/** Hands things over some dozens at a time, and lets others have their turn in between. */
export function* inPortions<T>(items: Iterable<T>, take: (portion: readonly T[]) => void): Generator<void, void> {
  let portion: T[] = [];
  for (const item of items) {
    portion.push(item);
    if (portion.length < itemsATurn) continue;
    take(portion);
    portion = [];
    yield;
  }
  if (portion.length > 0) take(portion);
}

const itemsATurn = 32;
