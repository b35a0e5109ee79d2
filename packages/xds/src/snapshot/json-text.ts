import { hash } from "node:crypto";
import type { Resource } from "../resource/resource.ts";

/** A value of a JSON text that is not parsed yet. */
export class JsonText {
  readonly #text: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(text: Buffer, start: number, end: number) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
  }

  /** A SHA-256 of the text: 32 bytes as as many characters. */
  digest(): string {
    const { buffer, byteOffset } = this.#text;
    // A Buffer would cost more than the digest.
    return hash("sha256", new Uint8Array(buffer, byteOffset + this.#start, this.#end - this.#start), "latin1");
  }

  /** Throws a SyntaxError if it is not valid JSON. */
  parse(): unknown {
    return JSON.parse(this.#text.toString("utf8", this.#start, this.#end));
  }
}

/** Reads values where they stand in a text. */
export interface ItemReader {
  /** Reads the value that begins at `start` of the list with this key. The place behind it, or -1 if it is left as text. */
  read(key: string, start: number): number;
  /** What was read last. */
  readonly resource: Resource | undefined;
}

const leaveAsText: ItemReader = { read: () => -1, resource: undefined };

/**
 * Parses the JSON text of a snapshot, in UTF-8, but leaves each resource a `JsonText`, or what the reader makes of it:
 * each item of a list that stands in an object in the outermost object. What is cut out is replaced by its index, so that JSON.parse reads all that is
 * left and knows all that there is to know of it: escapes in keys, keys that stand there twice, and what is no JSON.
 * If the text is not valid, either this throws a SyntaxError, or one of the resources does.
 */
export function* cutSnapshot(text: Buffer, reader: ItemReader = leaveAsText): Generator<undefined, unknown> {
  const items: (JsonText | Resource)[] = [];
  const parts: string[] = [];
  const open: number[] = [];
  let copied = 0;
  let key = "";
  for (let at = 0; at < text.length; ) {
    const byte = text[at];
    if (byte === quote) {
      const start = at;
      at = endOfString(text, at);
      if (open.length === 2) key = text.toString("latin1", start + 1, at - 1);
      continue;
    }
    if (byte === openObject || byte === openList) open.push(byte);
    else if (byte === closeObject || byte === closeList) open.pop();
    at++;
    if (byte !== openList || !isListOfItems(open)) continue;
    const first = items.length;
    let end = at;
    for (let start = skipSpace(text, at); ; ) {
      const readEnd = reader.read(key, start);
      const itemEnd = readEnd < 0 ? endOfItem(text, start) : readEnd;
      if (itemEnd === start) break;
      end = trimEnd(text, itemEnd);
      items.push((readEnd < 0 ? undefined : reader.resource) ?? new JsonText(text, start, end));
      if (items.length % itemsPerStep === 0) yield;
      const next = skipSpace(text, itemEnd);
      if (text[next] !== comma) break;
      start = skipSpace(text, next + 1);
    }
    if (items.length === first) continue;
    // The first of them, and how many there are, stand for them.
    parts.push(text.toString("utf8", copied, at), `${first},${items.length - first}`);
    copied = end;
    at = end;
  }
  parts.push(text.toString("utf8", copied));
  const document: unknown = JSON.parse(parts.join(""));
  let found = 0;
  for (const list of valuesOf(document).flatMap(valuesOf).filter(Array.isArray)) {
    const [first = 0, count = 0] = list;
    found += count;
    list.length = 0;
    for (let i = first; i < first + count; i++) list.push(items[i]);
  }
  // A list whose key stands there twice is not read, but has to be JSON all the same.
  if (found < items.length) for (const item of items) if (item instanceof JsonText) item.parse();
  return document;
}

const itemsPerStep = 64;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openObject = 0x7b;
const closeObject = 0x7d;
const openList = 0x5b;
const closeList = 0x5d;

function isListOfItems(open: readonly number[]): boolean {
  return open.length === 3 && open[0] === openObject && open[1] === openObject && open[2] === openList;
}

/** The place behind the string that begins at `start`. */
function endOfString(text: Buffer, start: number): number {
  let at = start + 1;
  for (; at < text.length && text[at] !== quote; at++) if (text[at] === backslash) at++;
  return at + 1;
}

/** The place of the comma or bracket that ends the item. */
function endOfItem(text: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const byte = text[at];
    if (byte === quote) at = endOfString(text, at) - 1;
    else if (byte === openObject || byte === openList) depth++;
    else if (byte === comma && depth === 0) return at;
    else if ((byte === closeObject || byte === closeList) && depth-- === 0) return at;
  }
  return text.length;
}

function skipSpace(text: Buffer, start: number): number {
  let at = start;
  while (isSpace(text[at])) at++;
  return at;
}

function trimEnd(text: Buffer, end: number): number {
  let at = end;
  while (isSpace(text[at - 1])) at--;
  return at;
}

/** Space, tab, line feed and carriage return. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function valuesOf(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.values(value) : [];
}
