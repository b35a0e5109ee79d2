import type { Document } from "../documents/document.ts";
import { type Collected, collect, type Entry, type Found } from "./collect.ts";
import type { KindKey } from "./kinds.ts";
import { locate } from "./locate.ts";
import { emptyModel, type Item, type Items, type ItemsByKind, kindKeys, type Model, type Place } from "./model.ts";
import { type Reading, readEntry } from "./read.ts";

/** A model, and what is remembered of how it came about. */
export interface ModelState {
  readonly model: Model;
  /** What became of each object, by key such as `routes/shop`, in the order of the documents. */
  readonly objects: ReadonlyMap<string, ReadObject>;
  /** @internal What the next model is compared with. */
  readonly collected: Pick<Collected, "documents" | "found"> | undefined;
}

/** An object, where it stands, and what became of it. */
export interface ReadObject extends Place {
  readonly reading: Reading;
}

export const emptyModelState: ModelState = { model: emptyModel, objects: new Map(), collected: undefined };

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
  const { entries, isPartial, found } = collect(documents, last.collected);
  const read = (key: string, { document, path, ...entry }: Entry): ReadObject => {
    const before = last.objects.get(key)?.reading;
    const lastUsed = before === undefined ? lastGood(key) : before.used;
    return { document, path, reading: readEntry({ ...entry, document, path }, before, lastUsed) };
  };
  const { items, objects } = isPartial
    ? (replaceEntries(entries, last, read) ?? readAll(collect(documents).entries, last, read))
    : readAll(entries, last, read);
  const problems: Found[] = [...found];
  for (const { reading, document } of objects.values()) {
    for (const problem of reading.problems) problems.push({ problem, document });
  }
  const model = { ...items, places: objects, problems: locate(problems) };
  return { model, objects, collected: { documents, found } };
}

interface Draft {
  readonly items: ItemsByKind;
  readonly objects: ReadonlyMap<string, ReadObject>;
}

type Read = (key: string, entry: Entry) => ReadObject;

function readAll(entries: ReadonlyMap<string, Entry>, last: ModelState, read: Read): Draft {
  const objects = new Map<string, ReadObject>();
  const items = emptyItems();
  for (const [key, entry] of entries) {
    const object = read(key, entry);
    objects.set(key, object);
    if (object.reading.item !== undefined) items[entry.kind.key].set(entry.name, object.reading.item);
  }
  const stable = Object.entries(items).map(([kind, map]) => [kind, sameOrNew(last.model[kind as KindKey], map)]);
  // The keys are those of the kinds, and each map was filled from entries of its kind.
  return { items: Object.fromEntries(stable) as ItemsByKind, objects };
}

/** The same where all objects are where they were, and some differ. */
function replaceEntries(entries: ReadonlyMap<string, Entry>, last: ModelState, read: Read): Draft | undefined {
  const objects = new Map(last.objects);
  const items: Partial<Record<KindKey, Map<string, Item>>> = {};
  for (const [key, entry] of entries) {
    const before = last.objects.get(key)?.reading.item;
    const object = read(key, entry);
    const { item } = object.reading;
    // An object that comes or goes has a place among the others.
    if ((item === undefined) !== (before === undefined)) return undefined;
    objects.set(key, object);
    if (item === undefined || item === before) continue;
    const kind = entry.kind.key;
    const map = items[kind] ?? new Map<string, Item>(last.model[kind]);
    items[kind] = map.set(entry.name, item);
  }
  // Each map holds items of the kind that it stands under.
  return { items: { ...last.model, ...(items as Partial<ItemsByKind>) }, objects };
}

function emptyItems(): Record<KindKey, Map<string, Item>> {
  // An entry for each kind is all that the type says.
  return Object.fromEntries(kindKeys.map((kind) => [kind, new Map()])) as Record<KindKey, Map<string, Item>>;
}

/** The map of last time if nothing in it changed. */
function sameOrNew(last: Items<KindKey>, map: Items<KindKey>): Items<KindKey> {
  if (last.size !== map.size) return map;
  const before = last.entries();
  for (const [name, item] of map) {
    const entry = before.next().value;
    if (entry?.[0] !== name || entry[1] !== item) return map;
  }
  return last;
}
