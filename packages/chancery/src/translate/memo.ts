/**
 * Remembers what a function made of its arguments, which are objects that never change: the same ones give the same
 * result, for as long as the arguments live. Arguments beyond those that the function names are not looked at, so that it
 * can be handed to `map`.
 */
export function memo<A extends readonly object[], R>(make: (...args: A) => R): (...args: A) => R {
  const root: Level<R> = { next: new WeakMap() };
  return (...args) => {
    let level = root;
    for (let i = 0; i < make.length; i++) {
      const arg: object = args[i] ?? none;
      let next = level.next.get(arg);
      if (next === undefined) {
        next = { next: new WeakMap() };
        level.next.set(arg, next);
      }
      level = next;
    }
    level.made ??= { result: make(...args) };
    return level.made.result;
  };
}

/** Stands for an argument that is not given. */
const none = {};

interface Level<R> {
  readonly next: WeakMap<object, Level<R>>;
  made?: { readonly result: R };
}

/** Returns the list of last time if the new one has the same items, so that what is made of lists can be remembered. */
export function stableList<T>(): (key: string, items: readonly T[]) => readonly T[] {
  const lists = new Map<string, readonly T[]>();
  return (key, items) => {
    const last = lists.get(key);
    if (last !== undefined && last.length === items.length && last.every((item, i) => item === items[i])) return last;
    lists.set(key, items);
    return items;
  };
}
