import type { Document } from "../documents/document.ts";
import { KeyedList } from "../keyed-list.ts";
import { type Collected, collect, type Entry, type Found } from "./collect.ts";
import type { KindKey } from "./kinds.ts";
import { locate } from "./locate.ts";
import { emptyModel, type Item, type ItemsByKind, kindKeys, type Model } from "./model.ts";
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
  const { entries, found, isPartial } = collected;
  const { items, objects } =
    (isPartial ? replaceEntries(entries, last, read) : undefined) ??
    readAll(isPartial ? collect(documents).entries : entries, last, read);
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

/** The same where all objects are where they were, and some differ. */
function replaceEntries(entries: ReadonlyMap<string, Entry>, last: ModelState, read: Read): Draft | undefined {
  const objects: [string, ReadObject][] = [];
  const items = new Map<KindKey, [string, Item][]>();
  for (const [key, entry] of entries) {
    const before = last.objects.get(key)?.reading.item;
    const object = read(key, entry);
    const { item } = object.reading;
    // An object that comes or goes has a place among the others.
    if ((item === undefined) !== (before === undefined)) return undefined;
    objects.push([key, object]);
    if (item === undefined || item === before) continue;
    const kind = entry.kind.key;
    items.set(kind, [...(items.get(kind) ?? []), [entry.name, item]]);
  }
  const lists = Array.from(items, ([kind, changed]) => [kind, changeItems(last.model[kind], changed)]);
  // Each list holds items of the kind that it stands under.
  return {
    items: { ...last.model, ...(Object.fromEntries(lists) as Partial<ItemsByKind>) },
    objects: last.objects.with(objects),
  };
}

function changeItems(list: KeyedList<Item>, changed: readonly (readonly [string, Item])[]): KeyedList<Item> {
  return list.with(changed);
}

/** The list of last time if nothing in it changed. */
function sameOrNew<V>(last: KeyedList<V>, entries: readonly (readonly [string, V])[]): KeyedList<V> {
  const list = KeyedList.from(entries, last);
  return list.changesSince(last)?.length === 0 ? last : list;
}
