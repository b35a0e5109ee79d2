import { isSameList } from "./same.ts";

/**
 * Remembers what a function made of its arguments, which are objects that never change: the same ones give the same
 * result, for as long as the arguments live. Arguments beyond those that the function names are not looked at, so that it
 * can be handed to `map`.
 */
export function memo<A extends readonly object[], R>(make: (...args: A) => R): (...args: A) => R {
  const root: Level<R> = {};
  const last = make.length - 1;
  return (...args) => {
    let level = root;
    for (let i = 0; i < last; i++) {
      const arg: object = args[i] ?? none;
      level.levels ??= new WeakMap();
      let next = level.levels.get(arg);
      if (next === undefined) {
        next = {};
        level.levels.set(arg, next);
      }
      level = next;
    }
    const arg: object = args[last] ?? none;
    level.results ??= new WeakMap();
    const known = level.results.get(arg);
    if (known !== undefined || level.results.has(arg)) return known as R; // it is there, so it is what `make` made
    const result = make(...args);
    level.results.set(arg, result);
    return result;
  };
}

/** Stands for an argument that is not given. */
const none = {};

/** What is known of the arguments so far: by the next one, what is known of both; by the last one, the result. */
interface Level<R> {
  levels?: WeakMap<object, Level<R>>;
  results?: WeakMap<object, R>;
}

/** Returns the list of last time if the new one has the same items, so that what is made of lists can be remembered. */
export function stableList<T>(): (key: string, items: readonly T[]) => readonly T[] {
  const lists = new Map<string, readonly T[]>();
  return (key, items) => {
    const last = lists.get(key);
    if (last !== undefined && isSameList(last, items)) return last;
    lists.set(key, items);
    return items;
  };
}
