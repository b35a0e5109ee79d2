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

/**
 * Parses the JSON text of a snapshot, in UTF-8, but leaves each resource a `JsonText`: each item of a list that stands
 * in an object in the outermost object. What is cut out is replaced by its index, so that JSON.parse reads all that is
 * left and knows all that there is to know of it: escapes in keys, keys that stand there twice, and what is no JSON.
 * If the text is not valid, either this throws a SyntaxError, or one of the resources does.
 */
export function* cutSnapshot(text: Buffer): Generator<undefined, unknown> {
  const items: JsonText[] = [];
  const parts: string[] = [];
  const open: number[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const byte = text[at];
    if (byte === quote) {
      at = endOfString(text, at);
      continue;
    }
    if (byte === openObject || byte === openList) open.push(byte);
    else if (byte === closeObject || byte === closeList) open.pop();
    at++;
    if ((byte !== openList && byte !== comma) || !isListOfItems(open)) continue;
    const start = skipSpace(text, at);
    const end = endOfItem(text, start);
    if (end > start) {
      parts.push(text.toString("utf8", copied, at), String(items.length));
      items.push(new JsonText(text, start, trimEnd(text, end)));
      copied = end;
      if (items.length % itemsPerStep === 0) yield;
    }
    at = end;
  }
  parts.push(text.toString("utf8", copied));
  const document: unknown = JSON.parse(parts.join(""));
  const lists = valuesOf(document).flatMap(valuesOf).filter(Array.isArray);
  for (const list of lists) for (const [i, index] of list.entries()) list[i] = items[index];
  // A list whose key stands there twice is not read, but has to be JSON all the same.
  if (lists.reduce((sum, list) => sum + list.length, 0) < items.length) for (const item of items) item.parse();
  return document;
}

const itemsPerStep = 128;

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
