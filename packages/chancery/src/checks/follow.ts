import { isDeepStrictEqual } from "node:util";
import type { Difference } from "../keyed-list.ts";
import type { KindKey } from "../model/kinds.ts";
import type { Item, ItemProblem, Items, Model } from "../model/model.ts";

/** A check that is run on one model after the other, and looks again only at what changed. */
export type Check = (model: Model) => readonly ItemProblem[];

export interface EachOptions<K extends KindKey> {
  readonly kind: K;
  readonly check: (item: Item<K>, model: Model) => readonly ItemProblem[];
  /** What the check looks at beside the item, as things that are the same as long as nothing of it changes. */
  readonly given?: (model: Model) => readonly unknown[];
}

/** Checks each object of a kind: only those that differ from last time, as long as what else it depends on does not. */
export function checkEach<K extends KindKey>({ kind, check, given = () => [] }: EachOptions<K>): Check {
  let last: { readonly items: Items<K>; readonly given: readonly unknown[] } | undefined;
  const found = new Map<string, readonly ItemProblem[]>();
  let problems: readonly ItemProblem[] = [];
  return (model) => {
    const now = { items: itemsOf(model, kind), given: given(model) };
    const isSame = last?.given.every((value, index) => value === now.given[index]);
    const difference = last && isSame ? now.items.differenceSince(last.items) : undefined;
    last = now;
    const again = difference === undefined ? now.items : toCheck(difference);
    if (difference === undefined) found.clear();
    else if (difference.removed.length === 0 && difference.added.length + difference.changed.length === 0)
      return problems;
    for (const [name] of difference?.removed ?? []) found.delete(name);
    for (const [name, item] of again) {
      const wrong = check(item, model);
      if (wrong.length > 0) found.set(name, wrong);
      else found.delete(name);
    }
    const places = Array.from(found, ([name, wrong]) => ({ at: now.items.indexOf(name) ?? 0, wrong }));
    problems = places.sort((a, b) => a.at - b.at).flatMap(({ wrong }) => wrong);
    return problems;
  };
}

function toCheck<T>({ added, changed }: Difference<T>): readonly (readonly [name: string, item: T])[] {
  return [...added, ...changed.map(({ key, value }) => [key, value] as const)];
}

/** Checks all at once, again if one of the kinds that it looks at has changed. */
export function checkAll(kinds: readonly KindKey[], check: Check): Check {
  let last: Model | undefined;
  let problems: readonly ItemProblem[] = [];
  return (model) => {
    if (last === undefined || kinds.some((kind) => last?.[kind] !== model[kind])) problems = check(model);
    last = model;
    return problems;
  };
}

/**
 * Stands for some of what each object of a kind says: the same object as long as none of it changes, and those that come
 * and go say nothing of it (`select` gives undefined).
 */
export function createFacet<K extends KindKey>(kind: K, select: (item: Item<K>) => unknown): (model: Model) => object {
  let last: Items<K> | undefined;
  let facet = {};
  return (model) => {
    const items = itemsOf(model, kind);
    const difference = last && items.differenceSince(last);
    const isSame =
      difference?.changed.every(({ before, value }) => isDeepStrictEqual(select(before), select(value))) &&
      [...difference.removed, ...difference.added].every(([, item]) => select(item) === undefined);
    if (!isSame) facet = {};
    last = items;
    return facet;
  };
}

function itemsOf<K extends KindKey>(model: Model, kind: K): Items<K> {
  // The compiler does not see that the key and the type go together.
  return model[kind] as Items<K>;
}
