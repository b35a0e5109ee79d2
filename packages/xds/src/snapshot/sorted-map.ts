import { joinLists } from "./join-lists.ts";
import {
  type Branch,
  type Changes,
  compareBranches,
  type Leaf,
  type Part,
  toBranch,
  toExactLeaf,
  toLeaf,
} from "./leaves.ts";

/**
 * An immutable map from names to values in name order, kept as a tree of branches of short leaves. A changed map shares
 * every branch and leaf that did not change with the one before it, so a change costs O(changes), and two maps that come
 * from each other are compared by skipping what they share.
 */
export class SortedMap<T> implements Part {
  static #lastId = 0;
  static readonly #empty = new SortedMap<never>([]);

  /** Different for each map of the process; stands for its content in the keys of caches. */
  readonly id: number = ++SortedMap.#lastId;
  readonly branches: readonly Branch<T>[];
  readonly size: number;
  known: unknown[] | undefined = undefined;
  /** Most maps are only ever compared with themselves. */
  #changes: WeakMap<SortedMap<T>, Changes<T>> | undefined;

  private constructor(branches: readonly Branch<T>[]) {
    this.branches = branches.slice(); // without the room to grow that pushing leaves
    this.size = branches.reduce((sum, { size }) => sum + size, 0);
  }

  static empty<T>(): SortedMap<T> {
    return SortedMap.#empty;
  }

  /** Makes a map of entries in any order. Of entries with the same key the last one counts. */
  static from<T>(entries: Iterable<readonly [string, T]>): SortedMap<T> {
    return SortedMap.empty<T>().with(entries);
  }

  static #of<T>(leaves: readonly Leaf<T>[]): SortedMap<T> {
    const branches: Branch<T>[] = [];
    pushBranches(branches, leaves);
    return branches.length === 0 ? SortedMap.empty() : new SortedMap(branches);
  }

  /** All leaves, in order. */
  get leaves(): readonly Leaf<T>[] {
    return joinLists(this.branches.map(({ leaves }) => leaves));
  }

  /** All values, in order. */
  get values(): readonly T[] {
    return joinLists(this.leaves.map(({ values }) => values));
  }

  /** Whether another map has the same keys. */
  hasKeysOf(other: SortedMap<unknown>): boolean {
    if (this.size !== other.size) return false;
    const [own, others] = [this, other].map(({ leaves }) => joinLists(leaves.map(({ keys }) => keys)));
    return own === others || own?.every((key, index) => key === others?.[index]) === true;
  }

  get(key: string): T | undefined {
    const leaves = this.branches[findBranch(this.branches, key)]?.leaves ?? [];
    const leaf = leaves[findLeaf(leaves, key)];
    if (leaf === undefined) return undefined;
    const index = lowerBound(leaf.keys, key);
    return leaf.keys[index] === key ? leaf.values[index] : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { leaves } of this.branches) for (const { values } of leaves) yield* values;
  }

  *keys(): Generator<string> {
    for (const { leaves } of this.branches) for (const { keys } of leaves) yield* keys;
  }

  /** The values of the keys that begin with `prefix`. */
  *range(prefix: string): Generator<T> {
    for (const { leaves } of this.branches.slice(Math.max(0, findBranch(this.branches, prefix)))) {
      for (const { keys, values } of leaves) {
        for (let at = lowerBound(keys, prefix); at < keys.length; at++) {
          if (!keys[at]?.startsWith(prefix)) return;
          yield values[at] as T; // there is one for each key
        }
      }
    }
  }

  /** The map with some keys set, and those whose value is `undefined` removed. It is this map if nothing changes. */
  with(changes: Iterable<readonly [string, T | undefined]>): SortedMap<T> {
    const sorted = lastOfEachKey(changes);
    const before = this.branches.length === 0 ? [noBranch] : this.branches;
    const branches: Branch<T>[] = [];
    let changed = false;
    let done = 0;
    for (let from = 0, to = 0; from < sorted.length; from = to) {
      const index = Math.max(0, findBranch(before, keyAt(sorted, from)));
      to = endBelow(sorted, from, firstKey(before[index + 1]?.leaves));
      while (done < index) branches.push(before[done++] as Branch<T>); // within bounds
      const branch = before[done++] as Branch<T>;
      const leaves = changeLeaves(branch.leaves, from === 0 && to === sorted.length ? sorted : sorted.slice(from, to));
      changed ||= leaves !== branch.leaves;
      if (leaves === branch.leaves) branches.push(branch);
      else pushBranches(branches, leaves);
    }
    if (!changed) return this;
    while (done < before.length) branches.push(before[done++] as Branch<T>);
    return new SortedMap(branches);
  }

  /** The map of these values by their keys, sharing what stays the same with this one. Of equal keys the last counts. */
  replaceWith(values: readonly T[], keyOf: (value: T) => string): SortedMap<T> {
    const leaves = leavesOf(values, keyOf);
    if (this.size === 0) return SortedMap.#of(leaves);
    const next = toBranch(leaves);
    const { set, removed } = compareBranches(this.branches, leaves.length === 0 ? [] : [next]);
    if (set.length + removed.length > next.size / 2) return SortedMap.#of(leaves);
    return this.with([...set, ...removed.map((key) => [key, undefined] as const)]);
  }

  /** What to set in, and remove from, `before` to get this map. Computed once for each pair. */
  changesSince(before: SortedMap<T>): Changes<T> {
    if (before === this) return noChanges;
    this.#changes ??= new WeakMap();
    const known = this.#changes.get(before);
    if (known !== undefined) return known;
    const changes = compareBranches(before.branches, this.branches);
    this.#changes.set(before, changes);
    return changes;
  }
}

const noChanges: Changes<never> = { set: [], removed: [] };

/** A leaf is split when it grows past this, and joined with its neighbour when both fit into half of it. */
const maxLeaf = 128;

/** A branch is split when it has more leaves than this, and joined with its neighbour as leaves are. */
const maxBranch = 64;

/** The index of the branch that holds `key`, if any does. */
function findBranch<T>(branches: readonly Branch<T>[], key: string): number {
  return lastNotAbove(branches, key, firstKeyOfBranch);
}

/** The index of the leaf that holds `key`, if any does. */
function findLeaf<T>(leaves: readonly Leaf<T>[], key: string): number {
  return lastNotAbove(leaves, key, firstKeyOfLeaf);
}

function lastNotAbove<P>(parts: readonly P[], key: string, firstKeyOf: (part: P) => string | undefined): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = firstKeyOf(parts[middle] as P); // middle is within bounds
    if (first !== undefined && first <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function firstKeyOfBranch({ leaves }: Branch<unknown>): string | undefined {
  return firstKey(leaves);
}

function firstKeyOfLeaf({ keys }: Leaf<unknown>): string | undefined {
  return keys[0];
}

function firstKey<T>(leaves: readonly Leaf<T>[] | undefined): string | undefined {
  return leaves?.[0]?.keys[0];
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
  if (isAscending(sorted.map(([key]) => key))) return sorted;
  sorted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); // stable, so the last of equal keys stays last
  return sorted.filter((change, i) => i === sorted.length - 1 || change[0] !== keyAt(sorted, i + 1));
}

/** The end of the changes from `from` on whose keys are below `key`; of all, if there is none. */
function endBelow(changes: readonly Change<unknown>[], from: number, key: string | undefined): number {
  if (key === undefined) return changes.length;
  let end = from;
  while (end < changes.length && keyAt(changes, end) < key) end++;
  return end;
}

/** Leaves of values in the order of their keys. Of equal keys the last counts. */
function leavesOf<T>(list: readonly T[], keyOf: (value: T) => string): Leaf<T>[] {
  const leaves: Leaf<T>[] = [];
  let last: string | undefined;
  // Leaf by leaf: what is as long as the list would be garbage that is moved before it goes.
  for (let from = 0, to = 0; from < list.length; from = to) {
    to = endOfLeaf(from, list.length);
    const values = list.slice(from, to);
    const keys = values.map(keyOf);
    if (!isAscending(keys, last)) return leavesOf(sorted(list, keyOf), keyOf);
    last = keys.at(-1);
    leaves.push(toLeaf(keys, values));
  }
  return leaves;
}

/** Whether the keys come one after the other, all of them after `before`, if there is one. */
function isAscending(keys: readonly string[], before?: string): boolean {
  let last = before;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string; // within bounds
    if (last !== undefined && last >= key) return false;
    last = key;
  }
  return true;
}

function sorted<T>(list: readonly T[], keyOf: (value: T) => string): T[] {
  return lastOfEachKey(list.map((value) => [keyOf(value), value] as const)).map(([, value]) => value);
}

/** `leaves` itself if the changes leave them as they are. */
function changeLeaves<T>(leaves: readonly Leaf<T>[], changes: readonly Change<T>[]): readonly Leaf<T>[] {
  const before = leaves.length === 0 ? [noLeaf] : leaves;
  const result: Leaf<T>[] = [];
  let changed = false;
  let done = 0;
  for (let from = 0, to = 0; from < changes.length; from = to) {
    const index = Math.max(0, findLeaf(before, keyAt(changes, from)));
    to = endBelow(changes, from, before[index + 1]?.keys[0]);
    while (done < index) result.push(before[done++] as Leaf<T>); // within bounds
    const leaf = before[done++] as Leaf<T>;
    const merged = mergeLeaf(leaf, from === 0 && to === changes.length ? changes : changes.slice(from, to));
    changed ||= merged !== leaf;
    if (merged === leaf) result.push(leaf);
    else pushSplit(result, merged);
  }
  if (!changed) return leaves;
  while (done < before.length) result.push(before[done++] as Leaf<T>);
  return result;
}

const noLeaf: Leaf<never> = toLeaf([], []);
const noBranch: Branch<never> = toBranch([]);

/** `leaf` itself if the changes leave it as it is. */
function mergeLeaf<T>(leaf: Leaf<T>, changes: readonly Change<T>[]): Leaf<T> {
  return replaceInLeaf(leaf, changes) ?? rewriteLeaf(leaf, changes);
}

/** The same where all keys are there already and none goes, which is mostly so; undefined where it is not. */
function replaceInLeaf<T>(leaf: Leaf<T>, changes: readonly Change<T>[]): Leaf<T> | undefined {
  const { keys } = leaf;
  let values: T[] | undefined;
  for (const [key, value] of changes) {
    const at = lowerBound(keys, key);
    if (value === undefined || keys[at] !== key) return undefined;
    if (leaf.values[at] === value) continue;
    values ??= leaf.values.slice();
    values[at] = value;
  }
  return values === undefined ? leaf : toLeaf(keys, values);
}

function rewriteLeaf<T>(leaf: Leaf<T>, changes: readonly Change<T>[]): Leaf<T> {
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
  return changed ? toExactLeaf(keys, values) : leaf;
}

function pushSplit<T>(leaves: Leaf<T>[], leaf: Leaf<T>): void {
  const size = leaf.keys.length;
  const last = leaves.at(-1);
  if (last !== undefined && last.keys.length + size <= maxLeaf / 2) {
    leaves[leaves.length - 1] = toLeaf(last.keys.concat(leaf.keys), last.values.concat(leaf.values));
    return;
  }
  if (size === 0) return;
  if (size <= maxLeaf) {
    leaves.push(leaf);
    return;
  }
  for (let from = 0, to = 0; from < size; from = to) {
    to = endOfLeaf(from, size);
    leaves.push(toLeaf(leaf.keys.slice(from, to), leaf.values.slice(from, to)));
  }
}

/** Where the leaf ends that begins with the entry `from` of so many, which are all to go into leaves. */
function endOfLeaf(from: number, size: number): number {
  const half = maxLeaf / 2;
  return size <= maxLeaf || size - from < half * 1.5 ? size : from + half;
}

function pushBranches<T>(branches: Branch<T>[], leaves: readonly Leaf<T>[]): void {
  const last = branches.at(-1);
  if (last !== undefined && last.leaves.length + leaves.length <= maxBranch / 2) {
    branches[branches.length - 1] = toBranch([...last.leaves, ...leaves]);
    return;
  }
  const count = leaves.length > maxBranch ? maxBranch / 2 : maxBranch;
  for (let from = 0; from < leaves.length; from += count) branches.push(toBranch(leaves.slice(from, from + count)));
}
