import type { Document } from "../documents/document.ts";
import { collect, type Found } from "./collect.ts";
import type { KindKey } from "./kinds.ts";
import { locate } from "./locate.ts";
import { emptyModel, type Item, type Items, type Model, type Place } from "./model.ts";
import { type Reading, readEntry } from "./read.ts";

/** A model, and what is remembered of how it came about. */
export interface ModelState {
  readonly model: Model;
  /** What became of each entry, by key such as `routes/shop`. */
  readonly readings: ReadonlyMap<string, Reading>;
}

export const emptyModelState: ModelState = { model: emptyModel, readings: new Map() };

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
  const { entries, found } = collect(documents);
  const readings = new Map<string, Reading>();
  const places = new Map<string, Place>();
  const problems: Found[] = [...found];
  const items = { ...emptyItems() };
  for (const [key, entry] of entries) {
    const before = last.readings.get(key);
    const reading = readEntry(entry, before, before === undefined ? lastGood(key) : before.used);
    readings.set(key, reading);
    for (const problem of reading.problems) problems.push({ problem, document: entry.document });
    if (reading.item === undefined) continue;
    places.set(key, { document: entry.document, path: entry.path });
    items[entry.kind.key].set(entry.name, reading.item);
  }
  const stable = Object.entries(items).map(([kind, map]) => [kind, sameOrNew(last.model[kind as KindKey], map)]);
  // The keys are those of the kinds, and each map was filled from entries of its kind.
  const byKind = Object.fromEntries(stable) as Pick<Model, KindKey>;
  return { model: { ...byKind, places, problems: locate(problems) }, readings };
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
