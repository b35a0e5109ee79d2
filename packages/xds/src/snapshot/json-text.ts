import { hash } from "node:crypto";

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

/** Reads the items of one list where they stand in a text. */
export interface ListReader {
  /** Reads the item that begins at `start`, and maybe more behind it. The place behind them, or -1 if it is left as text. */
  read(start: number): number;
  /** Takes an item that was left as text. */
  leave(text: JsonText): void;
  /** What stands for the list in the document. Asked for once, when all of it was read. */
  finish(): readonly unknown[];
}

/** Says who reads the list with a key. */
export type ListReaders = (key: string) => ListReader;

function leaveAsText(): ListReader {
  const items: JsonText[] = [];
  return { read: () => -1, leave: (text) => items.push(text), finish: () => items };
}

/**
 * Parses the JSON text of a snapshot, in UTF-8, but leaves each resource a `JsonText`, or what its reader makes of it:
 * each item of a list that stands in an object in the outermost object. A list that is cut out is replaced by its index,
 * so that JSON.parse reads all that is left and knows all that there is to know of it: escapes in keys, keys that stand
 * there twice, and what is no JSON. If the text is not valid, either this throws a SyntaxError, or one of the resources does.
 */
export function* cutSnapshot(text: Buffer, readers: ListReaders = leaveAsText): Generator<undefined, unknown> {
  const lists: (readonly unknown[])[] = [];
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
    const reader = readers(key);
    const place: Place = { next: skipSpace(text, at), end: at };
    let isMore = true;
    while (isMore) {
      isMore = readItems(text, reader, place);
      yield;
    }
    const { end } = place;
    if (end === at) continue;
    parts.push(text.toString("utf8", copied, at), String(lists.push(reader.finish()) - 1));
    copied = end;
    at = end;
  }
  parts.push(text.toString("utf8", copied));
  const document: unknown = JSON.parse(parts.join(""));
  const left = new Set(lists);
  for (const list of valuesOf(document).flatMap(valuesOf).filter(Array.isArray)) {
    const items = lists[list.pop()];
    if (items === undefined) continue;
    left.delete(items);
    for (const item of items) list.push(item);
  }
  // A list whose key stands there twice is not read, but has to be JSON all the same.
  for (const items of left) for (const item of items) if (item instanceof JsonText) item.parse();
  return document;
}

/** Where the reading of a list has got to: the next item, and the end of the one before. */
interface Place {
  next: number;
  end: number;
}

/** Reads some items of a list. False if it has no more. A loop within a generator becomes machine code late. */
function readItems(text: Buffer, reader: ListReader, place: Place): boolean {
  let start = place.next;
  for (let reads = 0; reads < readsPerStep; reads++) {
    const readEnd = reader.read(start);
    const itemEnd = readEnd < 0 ? endOfItem(text, start) : readEnd;
    if (itemEnd === start) return false;
    place.end = readEnd < 0 ? trimEnd(text, itemEnd) : readEnd;
    if (readEnd < 0) reader.leave(new JsonText(text, start, place.end));
    const next = skipSpace(text, itemEnd);
    if (text[next] !== comma) return false;
    start = skipSpace(text, next + 1);
  }
  place.next = start;
  return true;
}

const readsPerStep = 64;

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
