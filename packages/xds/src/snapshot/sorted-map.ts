import { type Changes, compareLeaves, type Leaf } from "./leaves.ts";

/**
 * An immutable map from names to values in name order, kept as a row of short leaves. A changed map shares every leaf
 * that did not change with the one before it, so a change costs O(changes), and two maps that come from each other are
 * compared by skipping the leaves that they share.
 */
export class SortedMap<T> {
  static #lastId = 0;
  static readonly #empty = new SortedMap<never>([]);

  /** Different for each map of the process; stands for its content in the keys of caches. */
  readonly id: number = ++SortedMap.#lastId;
  readonly leaves: readonly Leaf<T>[];
  readonly size: number;
  readonly #changes = new WeakMap<SortedMap<T>, Changes<T>>();

  private constructor(leaves: readonly Leaf<T>[]) {
    this.leaves = leaves;
    this.size = leaves.reduce((sum, leaf) => sum + leaf.keys.length, 0);
  }

  static empty<T>(): SortedMap<T> {
    return SortedMap.#empty;
  }

  /** Makes a map of entries in any order. Of entries with the same key the last one counts. */
  static from<T>(entries: Iterable<readonly [string, T]>): SortedMap<T> {
    return SortedMap.empty<T>().with(entries);
  }

  get(key: string): T | undefined {
    const leaf = this.leaves[findLeaf(this.leaves, key)];
    if (leaf === undefined) return undefined;
    const index = lowerBound(leaf.keys, key);
    return leaf.keys[index] === key ? leaf.values[index] : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *[Symbol.iterator](): Generator<T> {
    for (const leaf of this.leaves) yield* leaf.values;
  }

  *keys(): Generator<string> {
    for (const leaf of this.leaves) yield* leaf.keys;
  }

  /** The values of the keys that begin with `prefix`. */
  *range(prefix: string): Generator<T> {
    for (let i = Math.max(0, findLeaf(this.leaves, prefix)); i < this.leaves.length; i++) {
      const { keys, values } = this.leaves[i] as Leaf<T>; // i is within bounds
      for (let at = lowerBound(keys, prefix); at < keys.length; at++) {
        if (!keys[at]?.startsWith(prefix)) return;
        yield values[at] as T;
      }
    }
  }

  /** The map with some keys set, and those whose value is `undefined` removed. It is this map if nothing changes. */
  with(changes: Iterable<readonly [string, T | undefined]>): SortedMap<T> {
    const sorted = lastOfEachKey(changes);
    const leaves: Leaf<T>[] = [];
    let changed = false;
    let next = 0;
    for (let i = 0; i < this.leaves.length; i++) {
      const leaf = this.leaves[i] as Leaf<T>; // i is within bounds
      const following = this.leaves[i + 1]?.keys[0];
      const from = next;
      while (next < sorted.length && (following === undefined || keyAt(sorted, next) < following)) next++;
      const merged = next === from ? leaf : mergeLeaf(leaf, sorted.slice(from, next));
      if (merged === leaf) leaves.push(leaf);
      else {
        changed = true;
        pushSplit(leaves, merged);
      }
    }
    if (this.leaves.length === 0) {
      const merged = mergeLeaf({ keys: [], values: [] }, sorted);
      changed = merged.keys.length > 0;
      pushSplit(leaves, merged);
    }
    return changed ? new SortedMap(leaves) : this;
  }

  /** The map whose whole content is `entries`, sharing what stays the same with this one. */
  replaceWith(entries: Iterable<readonly [string, T]>): SortedMap<T> {
    const next = lastOfEachKey(entries);
    const { set, removed } = compareLeaves(this.leaves, [toLeaf(next)]);
    if (set.length + removed.length > next.length / 2) return SortedMap.from(next);
    return this.with([...set, ...removed.map((key) => [key, undefined] as const)]);
  }

  /** What to set in, and remove from, `before` to get this map. Computed once for each pair. */
  changesSince(before: SortedMap<T>): Changes<T> {
    const known = this.#changes.get(before);
    if (known !== undefined) return known;
    const changes = compareLeaves(before.leaves, this.leaves);
    this.#changes.set(before, changes);
    return changes;
  }
}

/** A leaf is split when it grows past this, and joined with its neighbour when both fit into half of it. */
const maxLeaf = 128;

/** The index of the leaf that holds `key`, if any does. */
function findLeaf<T>(leaves: readonly Leaf<T>[], key: string): number {
  let low = 0;
  let high = leaves.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = leaves[middle]?.keys[0];
    if (first !== undefined && first <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key)
      low = middle + 1; // middle is within bounds
    else high = middle;
  }
  return low;
}

type Change<T> = readonly [string, T | undefined];

function keyAt<T>(changes: readonly Change<T>[], index: number): string {
  return (changes[index] as Change<T>)[0]; // callers stay within bounds
}

function lastOfEachKey<C extends Change<unknown>>(changes: Iterable<C>): C[] {
  const sorted = [...changes];
  let ascending = true;
  for (let i = 1; i < sorted.length && ascending; i++) ascending = keyAt(sorted, i - 1) < keyAt(sorted, i);
  if (ascending) return sorted;
  sorted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); // stable, so the last of equal keys stays last
  return sorted.filter((change, i) => i === sorted.length - 1 || change[0] !== keyAt(sorted, i + 1));
}

/** Entries in order, however many. */
function toLeaf<T>(entries: readonly (readonly [string, T])[]): Leaf<T> {
  return { keys: entries.map(([key]) => key), values: entries.map(([, value]) => value) };
}

/** `leaf` itself if the changes leave it as it is. */
function mergeLeaf<T>(leaf: Leaf<T>, changes: readonly Change<T>[]): Leaf<T> {
  const keys: string[] = [];
  const values: T[] = [];
  let changed = false;
  let at = 0;
  const keepBelow = (key: string | undefined) => {
    for (; at < leaf.keys.length && (key === undefined || (leaf.keys[at] as string) < key); at++) {
      keys.push(leaf.keys[at] as string); // at is within bounds
      values.push(leaf.values[at] as T);
    }
  };
  for (const [key, value] of changes) {
    keepBelow(key);
    const before = leaf.keys[at] === key ? leaf.values[at++] : undefined;
    changed ||= before !== value;
    if (value === undefined) continue;
    keys.push(key);
    values.push(value);
  }
  keepBelow(undefined);
  return changed ? { keys, values } : leaf;
}

function pushSplit<T>(leaves: Leaf<T>[], leaf: Leaf<T>): void {
  const size = leaf.keys.length;
  const last = leaves.at(-1);
  if (last !== undefined && last.keys.length + size <= maxLeaf / 2) {
    leaves[leaves.length - 1] = { keys: [...last.keys, ...leaf.keys], values: [...last.values, ...leaf.values] };
    return;
  }
  if (size === 0) return;
  if (size <= maxLeaf) {
    leaves.push(leaf);
    return;
  }
  const half = maxLeaf / 2;
  for (let from = 0; from < size; from += half) {
    const to = size - from < half * 1.5 ? size : from + half;
    leaves.push({ keys: leaf.keys.slice(from, to), values: leaf.values.slice(from, to) });
    if (to === size) return;
  }
}
