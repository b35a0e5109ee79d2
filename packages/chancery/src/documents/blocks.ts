import type { Schema } from "js-yaml";
import { isRecord } from "../is-record.ts";
import { KeyedList } from "../keyed-list.ts";
import { quickYaml } from "../lazy.ts";
import { differenceOf } from "./difference.ts";

/** A text that is what configuration mostly is: sections at the left margin, and objects by name below them. */
export interface Blocks {
  readonly text: string;
  /** Where the first section begins. */
  readonly start: number;
  /** By name; each ends where the next one begins, and the last one with the text. */
  readonly sections: KeyedList<Section>;
}

/** A section of a text: the same object as before if its text is the same. Places in it do not depend on where it stands. */
export interface Section {
  readonly length: number;
  /** The objects by name, or what it says instead. */
  readonly content: KeyedList<unknown> | { readonly value: unknown };
  /** How far the names of the objects are indented. */
  readonly indent: number;
  /** Where each object begins; it ends where the next one begins, and the last one with the section. */
  readonly starts: readonly number[];
}

/**
 * Takes a text apart. Only what differs from the text before is looked at, only the objects whose text is new are parsed,
 * and the others are the same as before. Undefined for a text that is not plain, or has a mistake in it: reading all of it
 * decides what it means.
 */
export function readBlocks(text: string, before?: Blocks): Blocks | undefined {
  if (before === undefined) return readAll(text, (part, starts) => readTogether(part, starts) ?? readNew(part, starts));
  const replaced = replacePart(text, before);
  if (replaced !== undefined) return replaced;
  const read = readKnown(before);
  return readAll(text, (part, starts) => readEach(part, starts, read));
}

/**
 * Reads a plain text as one: its keys, and what stands there. Undefined for a text that is not plain, or has a mistake in it.
 */
export function readPlain(text: string): KeyedList<unknown> | undefined {
  // A list or a map in brackets may go on at the left margin, which not all allow.
  if (isRare.test(text) || /^[\])}[{"'-]|__proto__/m.test(text)) return undefined;
  const content = load(text);
  return content && KeyedList.from(Object.entries(content).map(([key, value]) => [key, toList(value)]));
}

/** Objects by name as a list, which takes less room than an object whose names no other one has. */
function toList(value: unknown): unknown {
  return isRecord(value) ? KeyedList.from(Object.entries(value)) : value;
}

/** What a block says: one key, and what stands there. */
type Entry = readonly [key: string, value: unknown];
/** Reads a block; undefined for one that is not plain, or has a mistake in it. */
export type Read = (block: string) => Entry | undefined;

/** Reads the blocks of a text that begin at some places; undefined if one cannot be read, or two have the same name. */
type ReadBlocks = (text: string, starts: readonly number[]) => KeyedList<unknown> | undefined;

const readNew: ReadBlocks = (text, starts) => readEach(text, starts, parseBlock);

function readAll(text: string, read: ReadBlocks): Blocks | undefined {
  if (isRare.test(text)) return undefined;
  const starts = startsOf(text, 0);
  const [start] = starts;
  if (start === undefined || hasContent.test(text.slice(0, start))) return undefined;
  const sections = readEach(text, starts, (section) => readSection(section, read));
  return sections && { text, start, sections };
}

function readSection(text: string, read: ReadBlocks): readonly [name: string, section: Section] | undefined {
  const header = sectionHeader.exec(text);
  const body = header === null ? "" : text.slice(header[0].length);
  const indent = firstIndent.exec(body)?.[1]?.length;
  if (header === null || indent === undefined) {
    const [entry] = read(text, [0]) ?? [];
    return entry && [entry[0], { length: text.length, content: { value: entry[1] }, indent: 0, starts: [] }];
  }
  const starts = startsOf(text, indent);
  // What stands before the first name is a comment.
  if (hasContent.test(text.slice(header[0].length, starts[0]))) return undefined;
  const entries = read(text, starts);
  return entries && [header[1] ?? "", { length: text.length, content: entries, indent, starts }];
}

/**
 * Reads a section as one, which takes less time than to read its blocks; undefined if that does not tell which of them
 * says what. If there are as many keys as lines that may begin one, each of the lines does.
 */
function readTogether(text: string, starts: readonly number[]): KeyedList<unknown> | undefined {
  if (starts.length < 2) return undefined;
  const [[, value] = [], another] = Object.entries(load(text) ?? {});
  if (another !== undefined || !isRecord(value)) return undefined;
  const entries = Object.entries(value);
  // Names that are numbers, or quoted, may be somewhere else, or written in another way.
  const isInPlace = ([key]: Entry, index: number) =>
    key !== "__proto__" &&
    text
      .slice(starts[index], starts[index + 1])
      .trimStart()
      .startsWith(`${key}:`);
  return entries.length === starts.length && entries.every(isInPlace) ? KeyedList.from(entries) : undefined;
}

/** Reads the parts of a text; undefined if one of them cannot be read, or two have the same name. */
function readEach<V>(
  text: string,
  starts: readonly number[],
  read: (part: string) => readonly [key: string, value: V] | undefined,
): KeyedList<V> | undefined {
  const entries: (readonly [key: string, value: V])[] = [];
  for (const [index, at] of starts.entries()) {
    const entry = read(text.slice(at, starts[index + 1]));
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  const list = KeyedList.from(entries);
  return list.size === entries.length ? list : undefined;
}

/** A text with the sections that it had: only the objects that differ are cut anew. */
function replacePart(text: string, before: Blocks): Blocks | undefined {
  const bounds = boundsOf(text, before);
  let end = before.start;
  const replaced = bounds?.map(({ name, section, newStart, newEnd }): readonly [string, Section | undefined] => {
    const start = end;
    end += section.length;
    return [name, replaceObjects(section, before.text.slice(start, end), text.slice(newStart, newEnd))];
  });
  const sections = replaced?.flatMap(([name, section]) => (section === undefined ? [] : [[name, section] as const]));
  if (sections === undefined || sections.length < before.sections.size) return undefined;
  return { text, start: before.start, sections: before.sections.with(sections) };
}

interface Bounds {
  readonly name: string;
  readonly section: Section;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Where the sections of a text are now; undefined if they are not all there, one after the other. */
function boundsOf(text: string, before: Blocks): readonly Bounds[] | undefined {
  const { start, end, newEnd } = differenceOf(before.text, text);
  // What begins the first section has to be as it was, up to its first letter.
  if (start <= before.start) return undefined;
  const grown = text.length - before.text.length;
  const bounds: Bounds[] = [];
  let at = before.start;
  let newStart = before.start;
  for (const [name, section] of before.sections) {
    at += section.length;
    const next = nextStart(at);
    if (next === undefined) return undefined;
    bounds.push({ name, section, newStart, newEnd: next });
    newStart = next;
  }
  return bounds;

  /** Where the section is now that began at a place of the text before. */
  function nextStart(begin: number): number | undefined {
    if (begin === before.text.length) return text.length;
    if (begin < start) return begin;
    if (begin > end || (begin === end && text[newEnd - 1] === "\n")) return begin + grown;
    // Between two places that differ: it is found by its first line.
    const line = before.text.slice(begin, before.text.indexOf("\n", begin) + 1 || before.text.length);
    const found = text.indexOf(`\n${line}`, newStart);
    return found === -1 || found >= newEnd ? undefined : found + 1;
  }
}

/** A section whose text differs in some of its objects; itself if it does not, and undefined if it is not that simple. */
function replaceObjects(section: Section, before: string, text: string): Section | undefined {
  if (before === text) return section;
  const { starts, indent, content } = section;
  if (!(content instanceof KeyedList)) return undefined;
  const { start, end, newEnd } = differenceOf(before, text);
  // The first object that may differ begins as it did: up to the first sign of its name. So does the one after the last.
  const first = starts.findLastIndex((at) => at + indent < start);
  const next = starts.findIndex(
    (at, index) => index > first && (at > end || (at === end && text[newEnd - 1] === "\n")),
  );
  if (first === -1) return undefined;
  const last = next === -1 ? starts.length : next;
  const startOf = (index: number) => starts[index] ?? before.length;
  const grown = text.length - before.length;
  const part = text.slice(startOf(first), startOf(last) + grown);
  if (isRare.test(part) || beginsSection.test(part)) return undefined;
  const known = new Map<string, Entry>();
  for (const [index, entry] of content.slice(first, last).entries()) {
    known.set(before.slice(startOf(first + index), startOf(first + index + 1)), entry);
  }
  const partStarts = startsOf(part, indent);
  const entries = readEach(part, partStarts, (block) => known.get(block) ?? parseBlock(copyOf(block)));
  const replaced = entries && content.toSpliced(first, last - first, [...entries]);
  const inside = partStarts.map((at) => at + startOf(first));
  const behind = starts.slice(last).map((at) => at + grown);
  const shifted = starts.slice(0, first).concat(inside, behind);
  // A name that is there already is a mistake.
  if (replaced?.size !== shifted.length) return undefined;
  return { indent, length: text.length, content: replaced, starts: shifted };
}

/** Where a block is, with one name or a section that is one value. */
export interface Cut {
  /** Where the section begins that it stands in. */
  readonly section: number;
  readonly start: number;
  readonly end: number;
}

/** Where the blocks of a text are; undefined for a text that is not plain. */
export function cutBlocks(text: string): readonly Cut[] | undefined {
  const starts = startsOf(text, 0);
  if (isRare.test(text) || hasContent.test(text.slice(0, starts[0]))) return undefined;
  return starts.flatMap((section, index) => {
    const content = text.slice(section, starts[index + 1]);
    const header = sectionHeader.exec(content)?.[0] ?? content;
    const indent = firstIndent.exec(content.slice(header.length))?.[1]?.length;
    const inside = indent === undefined ? [0] : startsOf(content, indent);
    return inside.map((at, i) => ({
      ...{ section, start: section + at },
      end: section + (inside[i + 1] ?? content.length),
    }));
  });
}

/** Reads what was read before without parsing it again. */
export function readKnown(before: Blocks): Read {
  const known = new Map<string, Entry>();
  let end = before.start;
  for (const [name, { length, content, starts }] of before.sections) {
    const start = end;
    end += length;
    const keep = (from: number, to: number, entry: Entry) =>
      known.set(before.text.slice(start + from, start + to), entry);
    if (!(content instanceof KeyedList)) keep(0, length, [name, content.value]);
    else
      for (const [index, entry] of [...content].entries()) keep(starts[index] ?? 0, starts[index + 1] ?? length, entry);
  }
  return (block) => known.get(block) ?? parseBlock(copyOf(block));
}

/** The same text, which does not keep the longer one alive that it was cut from: its values stay when that one is gone. */
function copyOf(block: string): string {
  return Buffer.from(block).toString();
}

/**
 * What is left to the whole: anchors, aliases, tags, merge keys, keys that are not plain, tabs, line ends that not all
 * take for such, numbers beyond all measure, and the marks between the documents of a stream.
 */
const isRare =
  /(?:^|[\s[{,:])[&*!]\S|(?:^|[\s[{,])[?:](?:\s|$)|^\s*<<\s*:|[\t\u0085\u2028\u2029\ufeff]|\r(?!\n)|\d[eE]\+?\d{3}|^(?:---|\.\.\.|%)/m;

/** A section's name alone on its line. */
const sectionHeader = /^([A-Za-z][\w-]*):[ ]*(?:#[^\n]*)?(?:\r?\n|$)/;

/** How far the first line is indented that says something, and that is indented. */
const firstIndent = /^([ ]+)[^\s#]/m;

const beginsSection = /^[^\s#]/m;

/** A line that is no comment. */
const hasContent = /^[^\S\n]*[^\s#]/m;

/** Where a line is indented so far and begins a key; comments go with what they follow. */
function startsOf(text: string, indent: number): readonly number[] {
  const start = new RegExp(`^ {${indent}}[^\\s#]`, "gm");
  return Array.from(text.matchAll(start), ({ index }) => index);
}

/** The key and value of one block; undefined if it has not one of each by itself, or has a mistake in it. */
export function parseBlock(block: string): Entry | undefined {
  // What stands in braces may be one of several that do not belong together.
  const content = /^\s*[[{]/.test(block) ? undefined : load(block);
  const [entry, another] = content === undefined ? [] : Object.entries(content);
  return another === undefined && entry?.[0] !== "__proto__" ? entry : undefined;
}

/** The object that a text says; undefined if it says something else, or has a mistake in it. */
function load(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = quickYaml().load(text, { schema: schema() });
    return isRecord(content) ? content : undefined;
  } catch {
    // Whoever reads the whole says what is wrong.
    return undefined;
  }
}

let known: Schema | undefined;

/** YAML's core schema. Its lists are kept without the room to grow, which is more than most of them hold. */
function schema(): Schema {
  if (known !== undefined) return known;
  const { CORE_SCHEMA, defineSequenceTag } = quickYaml();
  const list = defineSequenceTag("tag:yaml.org,2002:seq", {
    create: (): unknown[] => [],
    addItem: (items, item) => void items.push(item),
    finalize: (items) => items.slice(),
    identify: Array.isArray,
  });
  known = CORE_SCHEMA.withTags(list);
  return known;
}
