import type { Document } from "../documents/document.ts";
import { type Collected, collect, type Entry, type Found } from "./collect.ts";
import type { KindKey } from "./kinds.ts";
import { locate } from "./locate.ts";
import { emptyModel, type Item, type Items, type Model, type Place } from "./model.ts";
import { type Reading, readEntry } from "./read.ts";

/** A model, and what is remembered of how it came about. */
export interface ModelState {
  readonly model: Model;
  /** What became of each entry, by key such as `routes/shop`. */
  readonly readings: ReadonlyMap<string, Reading>;
  /** @internal */
  readonly collected: Collected | undefined;
}

export const emptyModelState: ModelState = { model: emptyModel, readings: new Map(), collected: undefined };

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
  const read = (key: string, entry: Entry): Reading => {
    const before = last.readings.get(key);
    return readEntry(entry, before, before === undefined ? lastGood(key) : before.used);
  };
  const draft = replaceEntries(collected, last, read) ?? readAll(collected, last, read);
  const problems: Found[] = [...collected.found];
  for (const [key, reading] of draft.readings) {
    const document = reading.problems.length === 0 ? undefined : collected.entries.get(key)?.document;
    if (document !== undefined) problems.push(...reading.problems.map((problem) => ({ problem, document })));
  }
  const { items, places, readings } = draft;
  return { model: { ...items, places, problems: locate(problems) }, readings, collected };
}

interface ModelDraft {
  readonly items: Pick<Model, KindKey>;
  readonly places: ReadonlyMap<string, Place>;
  readonly readings: ReadonlyMap<string, Reading>;
}

type Read = (key: string, entry: Entry) => Reading;

function readAll({ entries }: Collected, last: ModelState, read: Read): ModelDraft {
  const readings = new Map<string, Reading>();
  const places = new Map<string, Place>();
  const items = emptyItems();
  for (const [key, entry] of entries) {
    const reading = read(key, entry);
    readings.set(key, reading);
    if (reading.item === undefined) continue;
    places.set(key, { document: entry.document, path: entry.path });
    items[entry.kind.key].set(entry.name, reading.item);
  }
  const stable = Object.entries(items).map(([kind, map]) => [kind, sameOrNew(last.model[kind as KindKey], map)]);
  // The keys are those of the kinds, and each map was filled from entries of its kind.
  return { items: Object.fromEntries(stable) as Pick<Model, KindKey>, places, readings };
}

/** The same where all objects are where they were, and some differ. */
function replaceEntries({ entries, changed }: Collected, last: ModelState, read: Read): ModelDraft | undefined {
  if (changed === undefined) return undefined;
  const readings = new Map(last.readings);
  const places = new Map(last.model.places);
  const items: Partial<Record<KindKey, Map<string, Item>>> = {};
  for (const key of changed) {
    const entry = entries.get(key);
    const before = last.readings.get(key);
    if (entry === undefined || before === undefined) return undefined;
    const reading = read(key, entry);
    // An object that comes or goes has a place among the others.
    if ((reading.item === undefined) !== (before.item === undefined)) return undefined;
    readings.set(key, reading);
    if (reading.item === undefined) continue;
    places.set(key, { document: entry.document, path: entry.path });
    if (reading.item === before.item) continue;
    const kind = entry.kind.key;
    const map = items[kind] ?? new Map<string, Item>(last.model[kind]);
    items[kind] = map.set(entry.name, reading.item);
  }
  // Each map holds items of the kind that it stands under.
  return { items: { ...last.model, ...(items as Partial<Pick<Model, KindKey>>) }, places, readings };
}

function emptyItems(): Record<KindKey, Map<string, Item>> {
  return {
    fleets: new Map(),
    gateways: new Map(),
    routes: new Map(),
    services: new Map(),
    certificates: new Map(),
    patches: new Map(),
  };
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
