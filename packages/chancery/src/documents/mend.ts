import type { Pair, YAMLMap, Document as YamlDocument } from "yaml";
import { yaml } from "../lazy.ts";
import { unusable } from "./unusable.ts";

/** Where in a text something stands. */
export type LineOf = (offset: number) => number;

/** A section, or an object of it, that stands in a text a second time. */
export interface RepeatedPart {
  readonly path: string;
  readonly message: string;
  readonly hint: string;
  readonly offset: number;
}

/**
 * Takes out of a syntax tree what stands there twice: of objects of one name the first one stays, sections of one name
 * become one, and what has a key twice within an object is not usable. Undefined if that does not mend it, as where anchors
 * carry elsewhere what is wrong.
 */
export function mendRepeated(document: YamlDocument.Parsed, lineOf: LineOf): readonly RepeatedPart[] | undefined {
  const { isMap } = yaml();
  const { errors, warnings } = document;
  // Its parts are replaced by what no text has.
  const contents: unknown = document.contents;
  const isAll = [...errors, ...warnings].every(({ code }) => code === "DUPLICATE_KEY");
  if (!isAll || !isMap(contents) || hasAliases(document)) return undefined;
  const parts: RepeatedPart[] = [];
  keepFirst(contents, (first, again) => {
    parts.push(toPart(keyOf(again), { first, again, lineOf, isSection: true }));
    if (isMap(first.value) && isMap(again.value)) first.value.items.push(...again.value.items);
  });
  for (const section of contents.items) {
    if (!isMap(section.value)) continue;
    const objects: YAMLMap = section.value;
    keepFirst(objects, (first, again) => {
      const path = `${keyOf(section)}.${keyOf(again)}`;
      parts.push(toPart(path, { first, again, lineOf, isSection: false }));
    });
    for (const object of objects.items) object.value = usable(object.value, lineOf);
  }
  return parts;
}

/** The same for one object by name, in the text of its own; undefined if that does not mend it. */
export function mendObject(text: string, lineOf: LineOf): readonly [name: string, content: unknown] | undefined {
  const { isMap, parseAllDocuments } = yaml();
  const [document, ...others] = parseAllDocuments(text, { prettyErrors: false });
  const contents: unknown = document?.contents;
  if (document === undefined || others.length > 0 || !isMap(contents)) return undefined;
  const [pair, another] = contents.items;
  const isAll = [...document.errors, ...document.warnings].every(({ code }) => code === "DUPLICATE_KEY");
  if (pair === undefined || another !== undefined || !isAll) return undefined;
  pair.value = usable(pair.value, lineOf);
  return [keyOf(pair), Object.values(document.toJS())[0]];
}

function hasAliases(document: YamlDocument.Parsed): boolean {
  const { visit } = yaml();
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** Takes all pairs out of a map whose key another one had before. */
function keepFirst(map: YAMLMap, onAgain: (first: Pair, again: Pair) => void): void {
  const pairs = new Map<string, Pair>();
  for (const pair of map.items) {
    const first = pairs.get(keyOf(pair));
    if (first === undefined) pairs.set(keyOf(pair), pair);
    else onAgain(first, pair);
  }
  map.items = [...pairs.values()];
}

/** A node in which whatever has a key twice is not usable. */
function usable(node: unknown, lineOf: LineOf): unknown {
  const { isMap, isSeq, Scalar } = yaml();
  if (isSeq(node)) node.items = node.items.map((item) => usable(item, lineOf));
  if (!isMap(node)) return node;
  let why: string | undefined;
  const keys = new Map<string, Pair>();
  for (const pair of node.items) {
    const [key, first] = [keyOf(pair), keys.get(keyOf(pair))];
    keys.set(key, pair);
    if (first !== undefined) why ??= `has the key "${key}" in ${lines(first, pair, lineOf)}`;
    pair.value = usable(pair.value, lineOf);
  }
  return why === undefined ? node : Object.assign(new Scalar(unusable(why, "keep one of them")), { range: node.range });
}

function lines(first: Pair, again: Pair, lineOf: LineOf): string {
  const [one, other] = [lineOf(offsetOf(first)), lineOf(offsetOf(again))];
  return one === other ? `line ${one} twice` : `line ${one} and again in line ${other}`;
}

interface Repeated {
  readonly first: Pair;
  readonly again: Pair;
  readonly lineOf: LineOf;
  readonly isSection: boolean;
}

function toPart(path: string, { first, again, lineOf, isSection }: Repeated): RepeatedPart {
  const [key, line, offset] = [keyOf(again), lineOf(offsetOf(first)), offsetOf(again)];
  if (!isSection) return toRepeatedObject({ path, key, line, offset });
  return {
    path,
    offset,
    message: `"${key}" stands in line ${line} already; what both have counts`,
    hint: "put them together",
  };
}

/** An object whose name stands in a line before it. */
export function toRepeatedObject(about: {
  readonly path: string;
  readonly key: string;
  readonly line: number;
  readonly offset: number;
}): RepeatedPart {
  const { path, key, line, offset } = about;
  const message = `"${key}" stands in line ${line} already, which keeps it`;
  return { path, offset, message, hint: "give one of them another name" };
}

function keyOf({ key }: Pair): string {
  return String(yaml().isScalar(key) ? key.value : key);
}

function offsetOf({ key }: Pair): number {
  const { isScalar } = yaml();
  return (isScalar(key) && key.range?.[0]) || 0;
}
