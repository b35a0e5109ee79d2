/** What stands in JSON text, in UTF-8: small steps over its bytes. Places may lie behind its end. */

export const byteOf = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  letterN: 0x6e,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

const { tab, lineFeed, carriageReturn, space, quote, comma, openList, backslash, closeList } = byteOf;
const { openObject, closeObject, zero, nine } = byteOf;

/** The place of what comes next. */
export function skipSpace(text: Uint8Array, start: number): number {
  let at = start;
  let byte = text[at];
  while (byte === space || byte === lineFeed || byte === carriageReturn || byte === tab) byte = text[++at];
  return at;
}

/** Whether these bytes stand there. */
export function isNext(text: Uint8Array, start: number, bytes: Uint8Array): boolean {
  const { length } = bytes;
  for (let i = 0; i < length; i++) if (text[start + i] !== bytes[i]) return false;
  return true;
}

/** Whether a number or a word ends there. */
export function isDelimiter(text: Uint8Array, at: number): boolean {
  const next = text[skipSpace(text, at)];
  return next === comma || next === closeObject || next === closeList;
}

/** The place behind the text whose quote stands at `start`; -1 if it is none, or is more than plain ASCII. */
export function endOfPlainText(text: Uint8Array, start: number): number {
  if (text[start] !== quote) return -1;
  for (let at = start + 1; at < text.length; at++) {
    const byte = text[at] as number; // within bounds
    if (byte === quote) return at + 1;
    if (byte < space || byte >= 0x80 || byte === backslash) return -1;
  }
  return -1;
}

/** The place behind a number of digits alone, which may be more than 32 bits hold; -1 if there is none. */
export function endOfNumber(text: Uint8Array, start: number): number {
  let at = start;
  let byte = text[at] as number; // undefined behind the end, which is no digit
  while (byte >= zero && byte <= nine) byte = text[++at] as number;
  if (at === start || at - start > maxDigits || (text[start] === zero && at > start + 1)) return -1;
  return at;
}

/** The number that such digits are. */
export function numberAt(text: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (text[at] as number) - zero; // within bounds
  return value;
}

/** Digits of a number that fits into 32 bits. */
const maxDigits = 10;

/** The place behind a value, of which only brackets and quotes are looked at; -1 if it does not end. */
export function endOfValue(text: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const byte = text[at] as number; // within bounds
    if (byte === quote) {
      for (at++; at < text.length && text[at] !== quote; at++) if (text[at] === backslash) at++;
      if (depth === 0) return at < text.length ? at + 1 : -1;
    } else if (byte === openObject || byte === openList) depth++;
    else if (byte === closeObject || byte === closeList) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === comma || byte <= space)) return at;
  }
  return -1;
}

// As methods of any byte array: a view of it would cost more.

export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end);
}

export function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.utf8Slice.call(bytes, start, end);
}
