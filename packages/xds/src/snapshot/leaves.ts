/** A run of entries of a sorted map: keys in order, and the value of each at the same index. */
export interface Leaf<T> {
  readonly keys: readonly string[];
  readonly values: readonly T[];
}

export interface Changes<T> {
  /** In key order. */
  readonly set: readonly (readonly [string, T])[];
  /** In key order. */
  readonly removed: readonly string[];
}

/** Walks two maps in key order; leaves that they share are skipped whole. */
export function compareLeaves<T>(before: readonly Leaf<T>[], after: readonly Leaf<T>[]): Changes<T> {
  const set: (readonly [string, T])[] = [];
  const removed: string[] = [];
  const old = new Cursor(before);
  const now = new Cursor(after);
  while (!old.done || !now.done) {
    if (old.skipShared(now)) continue;
    const order = compareKeys(old.key, now.key);
    if (order < 0) {
      removed.push(old.key as string); // a smaller key is a key
      old.step();
    } else if (order > 0) {
      set.push([now.key as string, now.value as T]);
      now.step();
    } else {
      if (old.value !== now.value) set.push([now.key as string, now.value as T]);
      old.step();
      now.step();
    }
  }
  return { set, removed };
}

/** The end of a map, `undefined`, comes after every key. */
function compareKeys(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined || a < b ? -1 : 1;
}

class Cursor<T> {
  key: string | undefined;
  value: T | undefined;
  #leaf = 0;
  #index = 0;
  readonly #leaves: readonly Leaf<T>[];

  constructor(leaves: readonly Leaf<T>[]) {
    this.#leaves = leaves;
    this.#read();
  }

  get done(): boolean {
    return this.key === undefined;
  }

  step(): void {
    this.#index++;
    this.#read();
  }

  /** Moves both cursors past a leaf that they share and both stand at the beginning of. */
  skipShared(other: Cursor<T>): boolean {
    const leaf = this.#leaves[this.#leaf];
    if (leaf === undefined || leaf !== other.#leaves[other.#leaf] || this.#index + other.#index > 0) return false;
    this.#nextLeaf();
    other.#nextLeaf();
    return true;
  }

  #nextLeaf(): void {
    this.#leaf++;
    this.#index = 0;
    this.#read();
  }

  #read(): void {
    if (this.#leaves[this.#leaf]?.keys.length === this.#index) {
      this.#leaf++;
      this.#index = 0;
    }
    const leaf = this.#leaves[this.#leaf];
    this.key = leaf?.keys[this.#index];
    this.value = leaf?.values[this.#index];
  }
}
