import { quickYaml } from "../lazy.ts";

/** The objects of a YAML text by the text that each was read from: those of the next text that have the same are known. */
export type Blocks = ReadonlyMap<string, unknown>;

export interface BlockContent {
  readonly content: Readonly<Record<string, unknown>>;
  readonly blocks: Blocks;
}

/**
 * Reads a text that is what configuration mostly is: sections at the left margin, and objects by name below them. Only
 * the objects whose text is new are parsed, and the others are the same as before. Undefined for anything else, and for
 * a text with a mistake in it: reading all of it decides what it means.
 */
export function readBlocks(text: string, known: Blocks = new Map()): BlockContent | undefined {
  if (isRare.test(text)) return undefined;
  const content: Record<string, Record<string, unknown>> = {};
  const blocks = new Map<string, unknown>();
  const read = (block: string): Readonly<Record<string, unknown>> | undefined => {
    const before = blocks.get(block) ?? known.get(block);
    const parsed = before ?? parseBlock(block);
    if (parsed !== undefined) blocks.set(block, parsed);
    // Only what `parseBlock` made is kept.
    return parsed as Readonly<Record<string, unknown>> | undefined;
  };
  for (const section of split(text, 0)) {
    const header = sectionHeader.exec(section);
    const body = header === null ? undefined : section.slice(header[0].length);
    const name = header?.[1] ?? "";
    if (body !== undefined && /^[ ]+[^\s#]/m.test(body)) {
      const objects: Record<string, unknown> = {};
      for (const block of split(body, indentOf(body))) {
        const parsed = read(block);
        if (parsed === undefined || !addAll(objects, parsed)) return undefined;
      }
      if (!addAll(content, { [name]: objects })) return undefined;
    } else {
      const parsed = read(section);
      if (parsed === undefined || !addAll(content, parsed)) return undefined;
    }
  }
  return { content, blocks };
}

/**
 * What is left to the whole: anchors, aliases, tags, merge keys, keys that are not plain, tabs, numbers beyond all
 * measure, and the marks between the documents of a stream.
 */
const isRare = /(?:^|[\s[{,:])[&*!]\S|(?:^|[\s[{,])[?:](?:\s|$)|^\s*<<\s*:|\t|\d[eE]\+?\d{3}|^(?:---|\.\.\.|%)/m;

/** A section's name alone on its line. */
const sectionHeader = /^([A-Za-z][\w-]*):[ ]*(?:#[^\n]*)?(?:\r?\n|$)/;

/** How far the first line is indented that says something. */
function indentOf(body: string): number {
  return /^([ ]*)[^\s#]/m.exec(body)?.[1]?.length ?? 0;
}

/** Cuts a text before each line that is indented so far and begins a key; comments go with what they follow. */
function split(text: string, indent: number): readonly string[] {
  const start = new RegExp(`^ {${indent}}[^\\s#]`, "gm");
  const starts = [...text.matchAll(start)].map(({ index }) => index);
  const [first] = starts;
  if (first === undefined) return text.trim() === "" || isComment(text) ? [] : [text];
  // What stands before the first key has to be read too, unless it says nothing.
  const from = isComment(text.slice(0, first)) ? starts : [0, ...starts.slice(1)];
  return from.map((at, i) => text.slice(at, from[i + 1]));
}

function isComment(text: string): boolean {
  return /^(?:\s*#[^\n]*(?:\n|$)|\s*\n|\s*$)*$/.test(text);
}

/** The keys and values of one block; undefined if it is no mapping by itself, or has a mistake in it. */
function parseBlock(block: string): object | undefined {
  const { load, CORE_SCHEMA } = quickYaml();
  try {
    const content: unknown = load(block, { schema: CORE_SCHEMA });
    return typeof content === "object" && content !== null && !Array.isArray(content) ? content : undefined;
  } catch {
    // Whoever reads the whole says what is wrong.
    return undefined;
  }
}

/** False if one of the keys is there already, which is a mistake. */
function addAll(target: Record<string, unknown>, parts: Readonly<Record<string, unknown>>): boolean {
  for (const [key, value] of Object.entries(parts)) {
    if (Object.hasOwn(target, key) || key === "__proto__") return false;
    target[key] = value;
  }
  return true;
}
