/** A part of a sorted map, or a whole one. It never changes, so what was found out about it stays true. */
export interface Part {
  /** A place for each `summary`, once there is one. */
  known: unknown[] | undefined;
}

/** A run of entries of a sorted map: keys in order, and the value of each at the same index. */
export interface Leaf<T> extends Part {
  readonly keys: readonly string[];
  readonly values: readonly T[];
}

/** A run of leaves, never empty. */
export interface Branch<T> extends Part {
  readonly leaves: readonly Leaf<T>[];
  /** How many entries they have. */
  readonly size: number;
}

export function toLeaf<T>(keys: readonly string[], values: readonly T[]): Leaf<T> {
  return { keys, values, known: undefined };
}

/** The same of arrays that were pushed to: without the room to grow that this leaves, more than half of them. */
export function toExactLeaf<T>(keys: readonly string[], values: readonly T[]): Leaf<T> {
  return toLeaf(keys.slice(), values.slice());
}

export function toBranch<T>(leaves: readonly Leaf<T>[]): Branch<T> {
  return { leaves, size: leaves.reduce((sum, { keys }) => sum + keys.length, 0), known: undefined };
}

export interface Changes<T> {
  /** In key order. */
  readonly set: readonly (readonly [string, T])[];
  /** In key order. */
  readonly removed: readonly string[];
}

/** Walks two maps in key order; branches and leaves that they share are skipped whole. */
export function compareBranches<T>(before: readonly Branch<T>[], after: readonly Branch<T>[]): Changes<T> {
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
  #branch = 0;
  #leaf = 0;
  #index = 0;
  readonly #branches: readonly Branch<T>[];

  constructor(branches: readonly Branch<T>[]) {
    this.#branches = branches;
    this.#read();
  }

  get done(): boolean {
    return this.key === undefined;
  }

  step(): void {
    this.#index++;
    this.#read();
  }

  /** Moves both cursors past the branches, or the leaves, that they share and both stand at the beginning of. */
  skipShared(other: Cursor<T>): boolean {
    if (this.#index + other.#index > 0) return false;
    const moved = this.#leaf + other.#leaf === 0 ? this.#skipBranches(other) : this.#skipLeaves(other);
    if (!moved) return false;
    // Nothing is read of what they share: that may be long ago, and far away in memory.
    this.#read();
    other.#read();
    return true;
  }

  #skipBranches(other: Cursor<T>): boolean {
    const from = this.#branch;
    const end = this.#branches.length;
    while (this.#branch < end && this.#branches[this.#branch] === other.#branches[other.#branch]) {
      this.#branch++;
      other.#branch++;
    }
    return this.#branch > from || this.#skipLeaves(other);
  }

  #skipLeaves(other: Cursor<T>): boolean {
    const own = this.#branches[this.#branch]?.leaves ?? [];
    const others = other.#branches[other.#branch]?.leaves ?? [];
    const from = this.#leaf;
    while (this.#leaf < own.length && own[this.#leaf] === others[other.#leaf]) {
      this.#leaf++;
      other.#leaf++;
    }
    if (this.#leaf === from) return false;
    this.#endLeaf(own);
    other.#endLeaf(others);
    return true;
  }

  /** Goes on with the next branch where there is no leaf left in this one. */
  #endLeaf(leaves: readonly Leaf<T>[]): void {
    if (this.#leaf < leaves.length) return;
    this.#branch++;
    this.#leaf = 0;
  }

  #read(): void {
    const leaf = this.#branches[this.#branch]?.leaves[this.#leaf];
    if (leaf !== undefined && this.#index === leaf.keys.length) {
      this.#leaf++;
      this.#index = 0;
      this.#endLeaf(this.#branches[this.#branch]?.leaves ?? []);
      this.#read();
      return;
    }
    this.key = leaf?.keys[this.#index];
    this.value = leaf?.values[this.#index];
  }
}
