import type { Document } from "../documents/document.ts";
import { KeyedList } from "../keyed-list.ts";
import { type Collected, collect, type Entry, type Found, type Splice } from "./collect.ts";
import type { KindKey } from "./kinds.ts";
import { locate } from "./locate.ts";
import { emptyModel, type Item, type ItemsByKind, keyOf, kindKeys, type Model } from "./model.ts";
import { type Reading, readEntry } from "./read.ts";

/** A model, and what is remembered of how it came about. */
export interface ModelState {
  readonly model: Model;
  /** What became of each object, by key such as `routes/shop`, in the order of the documents. */
  readonly objects: KeyedList<ReadObject>;
  /** @internal What the next model is compared with. */
  readonly collected: Pick<Collected, "documents" | "found"> | undefined;
}

/** Which of the documents has an object, and what became of it. */
export interface ReadObject {
  readonly at: number;
  readonly reading: Reading;
}

export const emptyModelState: ModelState = { model: emptyModel, objects: KeyedList.from([]), collected: undefined };

export interface ModelOptions {
  /** The content of an object when it was last good, for one that is wrong and was not seen right by this process. */
  readonly lastGood?: (key: string) => unknown;
}

/**
 * Reads documents into a model. Objects with the same content as last time are the same objects; one that is wrong
 * stays as it last was right, as far as it ever was.
 */
export function toModel(
  documents: readonly Document[],
  last: ModelState = emptyModelState,
  { lastGood = () => undefined }: ModelOptions = {},
): ModelState {
  const collected = collect(documents, last.collected);
  const read: Read = (key, entry) => {
    const before = last.objects.get(key);
    const lastUsed = before === undefined ? lastGood(key) : before.reading.used;
    const reading = readEntry(entry, before?.reading, lastUsed);
    return before?.reading === reading && before.at === entry.at ? before : { at: entry.at, reading };
  };
  const { isPartial } = collected;
  const replaced = isPartial ? replaceEntries(collected, last, read) : undefined;
  const whole = isPartial && replaced === undefined ? collect(documents) : collected;
  const { found } = whole;
  const { items, objects } = replaced ?? readAll(whole.entries, last, read);
  const problems: Found[] = [...found];
  for (const { reading, at } of objects.values()) {
    const document = reading.problems.length === 0 ? undefined : documents[at];
    if (document !== undefined) for (const problem of reading.problems) problems.push({ problem, document });
  }
  const model = { ...items, documents, places: objects, problems: locate(problems) };
  return { model, objects, collected: { documents, found } };
}

interface Draft {
  readonly items: ItemsByKind;
  readonly objects: KeyedList<ReadObject>;
}

type Read = (key: string, entry: Entry) => ReadObject;

function readAll(entries: ReadonlyMap<string, Entry>, last: ModelState, read: Read): Draft {
  const objects: [string, ReadObject][] = [];
  const items = new Map<KindKey, [string, Item][]>(kindKeys.map((kind) => [kind, []]));
  for (const [key, entry] of entries) {
    const object = read(key, entry);
    objects.push([key, object]);
    if (object.reading.item !== undefined) items.get(entry.kind.key)?.push([entry.name, object.reading.item]);
  }
  const lists = Array.from(items, ([kind, list]) => [kind, sameOrNew<Item>(last.model[kind], list)]);
  // Each list was filled from entries of the kind that it stands under.
  return { items: Object.fromEntries(lists) as ItemsByKind, objects: sameOrNew(last.objects, objects) };
}

/** The same where most objects are where they were, and some differ, come or go. */
function replaceEntries({ entries, splices }: Collected, last: ModelState, read: Read): Draft | undefined {
  const objects: [string, ReadObject][] = [];
  const items = new Map<KindKey, [string, Item][]>();
  for (const [key, entry] of entries) {
    const before = last.objects.get(key)?.reading.item;
    const object = read(key, entry);
    const { item } = object.reading;
    // An item that comes or goes has a place among the others.
    if ((item === undefined) !== (before === undefined)) return undefined;
    objects.push([key, object]);
    if (item === undefined || item === before) continue;
    const kind = entry.kind.key;
    const changed = items.get(kind) ?? [];
    items.set(kind, changed);
    changed.push([entry.name, item]);
  }
  const lists = Array.from(items, ([kind, changed]) => [kind, changeItems(last.model[kind], changed)]);
  // Each list holds items of the kind that it stands under.
  const changed = { ...last.model, ...(Object.fromEntries(lists) as Partial<ItemsByKind>) };
  return splices.reduce<Draft | undefined>((draft, splice) => draft && spliceObjects(draft, splice, read), {
    items: changed,
    objects: last.objects.with(objects),
  });
}

function changeItems(list: KeyedList<Item>, changed: readonly (readonly [string, Item])[]): KeyedList<Item> {
  return list.with(changed);
}

/** Undefined if it is not clear where the objects belong, or one of them is there already. */
function spliceObjects({ items, objects }: Draft, splice: Splice, read: Read): Draft | undefined {
  const { kind, added } = splice;
  const keyed = (name: string) => keyOf(kind.key, name);
  const entries = added.map((entry): [string, ReadObject] => [keyed(entry.name), read(keyed(entry.name), entry)]);
  const itemsOf = entries.flatMap(([, { reading }], index): [string, Item][] =>
    reading.item === undefined ? [] : [[added[index]?.name ?? "", reading.item]],
  );
  const removed = splice.removed.map(keyed);
  const replaced = replaceRun(objects, { after: keyed(splice.after), removed, added: entries });
  // What had a mistake in it may have no item.
  const present = splice.removed.filter((name) => items[kind.key].has(name));
  const list: KeyedList<Item> = items[kind.key];
  const changed = replaceRun(list, { after: splice.after, removed: present, added: itemsOf });
  return replaced && changed && { items: { ...items, [kind.key]: changed }, objects: replaced };
}

interface Run<V> {
  readonly after: string;
  readonly removed: readonly string[];
  readonly added: readonly (readonly [string, V])[];
}

function replaceRun<V>(list: KeyedList<V>, { after, removed, added }: Run<V>): KeyedList<V> | undefined {
  const start = (list.indexOf(after) ?? Number.NaN) + 1;
  const isThere = removed.every((key, index) => list.indexOf(key) === start + index);
  const isNew = added.every(([key]) => !list.has(key) || removed.includes(key));
  return start > 0 && isThere && isNew ? list.toSpliced(start, removed.length, added) : undefined;
}

/** The list of last time if nothing in it changed. */
function sameOrNew<V>(last: KeyedList<V>, entries: readonly (readonly [string, V])[]): KeyedList<V> {
  const list = KeyedList.from(entries, last);
  return list.changesSince(last)?.length === 0 ? last : list;
}
