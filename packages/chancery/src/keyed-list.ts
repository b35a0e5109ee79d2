import { sharedEnds } from "./shared-ends.ts";

/**
 * An immutable map in the order of its entries, made for large ones of which a few values change: a copy with other values
 * shares the keys, and two copies are compared by running through two lists.
 */
export class KeyedList<V> implements ReadonlyMap<string, V> {
  readonly #keys: Keys;
  readonly #values: readonly V[];

  private constructor(keys: Keys, values: readonly V[]) {
    this.#keys = keys;
    this.#values = values;
  }

  /**
   * Of entries with the same key the first one counts for the place, and the last one for the value. The keys are shared
   * with the list before it if they are the same.
   */
  static from<V>(entries: Iterable<readonly [key: string, value: V]>, before?: KeyedList<unknown>): KeyedList<V> {
    const adding = new Keys();
    const values: V[] = [];
    for (const [key, value] of entries) values[adding.add(key)] = value;
    const keys = before !== undefined && isSameKeys(before.#keys, adding) ? before.#keys : adding.trim();
    // A copy has no room to grow, which most lists are too short for.
    return new KeyedList(keys, values.slice());
  }

  get size(): number {
    return this.#values.length;
  }

  /** Stands for the keys and their order: the same object for all copies that share them. */
  get keyset(): object {
    return this.#keys;
  }

  get(key: string): V | undefined {
    const index = this.#keys.indexOf(key);
    return index === undefined ? undefined : this.#values[index];
  }

  has(key: string): boolean {
    return this.#keys.indexOf(key) !== undefined;
  }

  /** Where a key stands among the others, from 0. */
  indexOf(key: string): number | undefined {
    return this.#keys.indexOf(key);
  }

  /** The key that stands at a place; undefined if none does. */
  keyAt(index: number): string | undefined {
    return this.#keys.list[index];
  }

  /** The entries from one place to before another. */
  slice(start: number, end: number): readonly (readonly [key: string, value: V])[] {
    const keys = this.#keys.list.slice(start, end);
    return keys.map((key, index) => [key, this.#values[start + index] as V]); // there is one for each key
  }

  /** A copy with a value made of each. */
  map<T>(make: (value: V) => T): KeyedList<T> {
    return new KeyedList(
      this.#keys,
      this.#values.map((value) => make(value)),
    );
  }

  /** What is made of each value. */
  toArray<T>(make: (value: V) => T): T[] {
    return this.#values.map((value) => make(value));
  }

  /** A copy with other values; all keys must be there. */
  with(changes: Iterable<readonly [key: string, value: V]>): KeyedList<V> {
    const values = this.#values.slice();
    for (const [key, value] of changes) {
      const index = this.#keys.indexOf(key);
      if (index === undefined) throw new RangeError(`Cannot change the value of "${key}": it is not there`);
      values[index] = value;
    }
    return new KeyedList(this.#keys, values);
  }

  /** A copy with other entries in place of `count` of them, the first of which is at `start`. */
  toSpliced(start: number, count: number, entries: readonly (readonly [key: string, value: V])[]): KeyedList<V> {
    const { list } = this.#keys;
    if (count === entries.length && entries.every(([key], i) => key === list[start + i])) return this.with(entries);
    return KeyedList.from([...this.slice(0, start), ...entries, ...this.slice(start + count, this.size)]);
  }

  /** The entries that differ from those of a map with the same keys in the same order; undefined if it has others. */
  changesSince(before: ReadonlyMap<string, V>): readonly Changed<V>[] | undefined {
    if (before === this) return [];
    if (!(before instanceof KeyedList) || !isSameKeys(before.#keys, this.#keys)) return undefined;
    const changes: Changed<V>[] = [];
    const last: readonly V[] = before.#values;
    for (let index = 0; index < last.length; index++) {
      if (last[index] === this.#values[index]) continue;
      // Both have a value for each key.
      const [key, was, value] = [this.#keys.list[index] as string, last[index] as V, this.#values[index] as V];
      changes.push({ key, before: was, value });
    }
    return changes;
  }

  /**
   * What differs from a list before, of which the keys between the beginning and the end that both share may be others;
   * undefined if some are elsewhere than they were.
   */
  differenceSince(before: KeyedList<V>): Difference<V> | undefined {
    const [was, is] = [before.#keys.list, this.#keys.list];
    const [start, shared] = before.#keys === this.#keys ? [is.length, 0] : sharedEnds(was, is);
    const removed = before.slice(start, was.length - shared);
    const added = this.slice(start, is.length - shared);
    if (removed.some(([key]) => this.has(key))) return undefined;
    const changed: Changed<V>[] = [];
    for (let index = 0; index < is.length; index++) {
      if (index === start) index = is.length - shared;
      const value = this.#values[index] as V; // there is one for each key, but at the end
      const last = before.#values[index < start ? index : index + was.length - is.length] as V;
      if (index < is.length && value !== last) changed.push({ key: is[index] ?? "", before: last, value });
    }
    return { start, removed, added, changed };
  }

  keys(): MapIterator<string> {
    return this.#keys.list.values();
  }

  values(): MapIterator<V> {
    return this.#values.values();
  }

  *entries(): Generator<[string, V], undefined> {
    for (const [index, key] of this.#keys.list.entries()) yield [key, this.#values[index] as V]; // there is one for each key
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries();
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }
}

/** How one list became another. */
export interface Difference<V> {
  /** Where the entries are that were removed, and those that were added in their place. */
  readonly start: number;
  readonly removed: readonly (readonly [key: string, value: V])[];
  readonly added: readonly (readonly [key: string, value: V])[];
  readonly changed: readonly Changed<V>[];
}

/** An entry whose value is another than before. */
export interface Changed<V> {
  readonly key: string;
  readonly before: V;
  readonly value: V;
}

/** Keys in their order. */
class Keys {
  list: string[] = [];
  /** Where each stands, if there are more than are looked through as quickly: most lists are short. */
  #indexes: Map<string, number> | undefined;

  indexOf(key: string): number | undefined {
    if (this.#indexes !== undefined) return this.#indexes.get(key);
    const index = this.list.indexOf(key);
    return index === -1 ? undefined : index;
  }

  /** Gives back the room to grow. */
  trim(): this {
    this.list = this.list.slice();
    return this;
  }

  /** Adds a key unless it is there already; returns where it stands. */
  add(key: string): number {
    const known = this.indexOf(key);
    if (known !== undefined) return known;
    const index = this.list.push(key) - 1;
    if (this.#indexes !== undefined) this.#indexes.set(key, index);
    else if (this.list.length > shortLength) this.#indexes = new Map(this.list.map((key, index) => [key, index]));
    return index;
  }
}

const shortLength = 8;

function isSameKeys(a: Keys, b: Keys): boolean {
  return a === b || (a.list.length === b.list.length && a.list.every((key, index) => key === b.list[index]));
}
