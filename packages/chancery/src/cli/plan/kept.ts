import type { StateObject } from "../../compare/state.ts";
import { KeyedList } from "../../keyed-list.ts";
import { type Kind, kinds } from "../../model/kinds.ts";
import { type Item, type ItemsByKind, keyOf, type Model } from "../../model/model.ts";
import type { Outcome } from "../../outcome.ts";
import { Translator } from "../../translate/translator.ts";

/**
 * What a control plane would have of files with mistakes: an object that is wrong, or the rule or listener of it that is,
 * stays as it serves it now. What it does not have yet is as it would be at its start.
 */
export function keepServed(outcome: Outcome, served: readonly StateObject[]): Outcome {
  const byKey = new Map(served.map((object) => [`${object.kind}/${object.name}`, object.value]));
  const lists = kinds.map((kind) => [kind.key, keepOfKind(kind, outcome.model, byKey)]);
  // Each list holds items of the kind that it stands under.
  const model: Model = { ...outcome.model, ...(Object.fromEntries(lists) as ItemsByKind) };
  return { ...outcome, model, translation: new Translator().translate(model, outcome.materials) };
}

function keepOfKind(kind: Kind, model: Model, served: ReadonlyMap<string, unknown>): KeyedList<Item> {
  const items = new Map<string, Item>(model[kind.key]);
  for (const [name, parts] of wrongObjects(kind, model)) {
    const value = served.get(keyOf(kind.key, name));
    const item = items.get(name);
    const kept = item !== undefined && parts !== "all" ? keepParts(kind, { item, parts, value }) : value;
    // A control plane has made it by the same schemas, and sent it as JSON.
    if (kept !== undefined) items.set(name, { kind: kind.key, name, value: kept } as Item);
  }
  return KeyedList.from(items);
}

interface Wrong {
  readonly item: Item;
  readonly parts: ReadonlySet<string>;
  readonly value: unknown;
}

function keepParts({ parts: partsOf }: Kind, { item, parts, value }: Wrong): unknown {
  const key = partsOf?.key ?? "";
  const [own, before] = [partsAt(item.value, key), partsAt(value, key)];
  const list = Object.entries(own).filter(([name]) => !parts.has(name) || !Object.hasOwn(before, name));
  const names = Object.keys(before);
  for (const [index, name] of names.entries()) {
    if (!parts.has(name)) continue;
    // Rules are tried in their order: it comes after the one that it came after.
    const previous = list.findLastIndex(([other]) => names.slice(0, index).includes(other));
    list.splice(previous + 1, 0, [name, before[name]]);
  }
  return { ...item.value, [key]: Object.fromEntries(list) };
}

function partsAt(value: unknown, key: string): Readonly<Record<string, unknown>> {
  // Objects of kinds with parts have these by name.
  return (value as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> | undefined)?.[key] ?? {};
}

/** The names of objects with mistakes in them, and which of their parts have all of these. */
function wrongObjects({ key, parts }: Kind, { problems }: Model): ReadonlyMap<string, ReadonlySet<string> | "all"> {
  const wrong = new Map<string, Set<string> | "all">();
  for (const { path, severity } of problems) {
    const [, kind, name = "", within, part] = /^(\w+)\.([\w-]+)(?:\.(\w+)\.([\w-]+))?/.exec(path) ?? [];
    if (severity !== "error" || kind !== key) continue;
    const known = wrong.get(name) ?? new Set<string>();
    if (known === "all" || part === undefined || within !== parts?.key) wrong.set(name, "all");
    else wrong.set(name, known.add(part));
  }
  return wrong;
}
