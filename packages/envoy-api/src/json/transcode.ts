import { type Api, envoyApi } from "../descriptors/api.ts";
import { typeNameOf } from "../descriptors/type-url.ts";
import { makeTag, sizeOfVarint, WireType } from "../wire/index.ts";
import { createContext, finishContext } from "./context.ts";
import { compilerOf } from "./encode.ts";
import { mostMisses, type TextField, type TextKey, type TextPlan } from "./text-plan.ts";
import { byteOf, endOfPlainText, endOfValue, isDelimiter, isNext, latin1, skipSpace, utf8 } from "./text-scan.ts";

/**
 * Writes messages from proto3 JSON that is still text, in one pass over its bytes: what `encodeJson` would write of what
 * `JSON.parse` reads. It takes only what is common and right. Where there is any doubt it gives up, so that those two can
 * say what the matter is. It writes by itself, since calls into a `WireWriter` would be a tenth of its time, and a quarter
 * in a process that has just started.
 */
export class Transcoder {
  readonly #plans: (typeName: string) => TextPlan | undefined;
  /** Only while it reads: it may be megabytes. */
  #text = noText;
  /** Where it reads. */
  #at = 0;
  #out = new Uint8Array(16 * 1024);
  /** Where it writes. */
  #size = 0;
  #depth = 0;
  /** The fields of the messages that are being read, innermost last: their numbers, and where they begin in `#out`. */
  readonly #numbers: number[] = [];
  readonly #starts: number[] = [];
  #top = 0;
  #scratch = new Uint8Array(1024);

  constructor(api: Api = envoyApi()) {
    this.#plans = compilerOf(api).textPlan;
  }

  /**
   * Reads the message of a type that begins at `start` of a text in UTF-8. The place behind it, or -1 if this is not for
   * it to say: the message may still be valid.
   */
  read(typeName: string, text: Uint8Array, start: number): number {
    const plan = this.#plans(typeName);
    if (plan === undefined) return -1;
    this.#text = text;
    this.#at = start;
    this.#size = 0;
    this.#depth = 0;
    this.#top = 0;
    const end = this.#message(plan) ? this.#at : -1;
    this.#text = noText;
    return end;
  }

  /** What the last `read` wrote: a view, until the next one. */
  get bytes(): Uint8Array {
    return this.#out.subarray(0, this.#size);
  }

  /** What that is a view of: the first `length` bytes. */
  get buffer(): Uint8Array {
    return this.#out;
  }

  get length(): number {
    return this.#size;
  }

  #message(plan: TextPlan): boolean {
    if (this.#text[this.#at] !== openObject) return false;
    this.#at = skipSpace(this.#text, this.#at + 1);
    return this.#members(plan);
  }

  /** Reads the fields up to the closing brace. */
  #members(plan: TextPlan): boolean {
    if (++this.#depth > maxDepth) return false;
    const text = this.#text;
    const base = this.#top;
    const start = this.#size;
    let last = 0;
    let sorted = true;
    let seen = 0;
    let likely = plan.first;
    let before: TextKey | undefined;
    if (text[this.#at] === closeObject) this.#at++;
    else {
      for (;;) {
        const key = this.#key(plan, likely);
        if (key === undefined) return false;
        if (key !== likely) {
          if (before === undefined) plan.first = key;
          else before.next = key;
        }
        const field = key.field();
        const { number, exclusive } = field;
        if (number <= last) {
          if (number === last) return false;
          sorted = false;
        }
        last = number;
        if ((seen & exclusive) !== 0) return false;
        seen |= field.bits;
        this.#numbers[this.#top] = number;
        this.#starts[this.#top++] = this.#size;
        if (!this.#value(field)) return false;
        const end = skipSpace(this.#text, this.#at);
        const byte = text[end];
        if (byte === comma) {
          this.#at = skipSpace(this.#text, end + 1);
          before = key;
          likely = key.next;
          continue;
        }
        this.#at = end + 1;
        if (byte === closeObject) break;
        return false;
      }
    }
    if ((seen & plan.required) !== plan.required) return false;
    if (!sorted && !this.#sort(base, start)) return false;
    this.#top = base;
    this.#depth--;
    return true;
  }

  /** Reads a key and the colon behind it. */
  #key(plan: TextPlan, likely: TextKey | undefined): TextKey | undefined {
    const text = this.#text;
    if (likely !== undefined) {
      const { bytes } = likely;
      if (isNext(this.#text, this.#at, bytes)) {
        this.#at = skipSpace(this.#text, this.#at + bytes.length);
        return likely;
      }
    }
    const end = endOfPlainText(this.#text, this.#at);
    if (end < 0) return undefined;
    const key = plan.keys.get(latin1(text, this.#at + 1, end - 1));
    const colonAt = skipSpace(this.#text, end);
    if (text[colonAt] !== colon) return undefined;
    this.#at = skipSpace(this.#text, colonAt + 1);
    return key;
  }

  #value(field: TextField): boolean {
    switch (field.kind) {
      case "string":
        return this.#string(field);
      case "strings":
      case "messages":
        return this.#list(field);
      case "number":
        return this.#number(field);
      case "bool":
        return this.#bool(field);
      case "enum":
        return this.#enum(field);
      case "message":
        return this.#recall(field) || this.#single(field);
      case "any":
        return this.#recall(field) || this.#any(field);
      default:
        return this.#recall(field) || this.#other(field);
    }
  }

  /** Writes what was written for the value before, if this is the same. */
  #recall(field: TextField): boolean {
    const { memo } = field;
    if (memo === undefined || this.#depth > memo.depth || !isNext(this.#text, this.#at, memo.text)) return false;
    const end = this.#at + memo.text.length;
    if (!isDelimiter(this.#text, end)) return false;
    this.#at = end;
    this.#raw(memo.wire);
    field.misses = 0;
    return true;
  }

  /** Keeps what was written for the value that began at `start`. */
  #keep(field: TextField, start: number, wireStart: number): void {
    if (field.misses >= mostMisses || this.#at - start > maxMemo) return;
    field.misses++;
    const text = this.#text.slice(start, this.#at);
    field.memo = { text, wire: this.#out.slice(wireStart, this.#size), depth: this.#depth };
    if (field.misses === mostMisses) field.memo = undefined;
  }

  #single(field: TextField): boolean {
    const plan = field.content();
    if (plan === undefined) return this.#other(field);
    const start = this.#at;
    const wireStart = this.#size;
    if (!this.#content(field.tag, plan)) return false;
    this.#keep(field, start, wireStart);
    return true;
  }

  #string(field: TextField): boolean {
    const text = this.#text;
    const start = this.#at + 1;
    const behind = endOfPlainText(this.#text, this.#at);
    if (behind < 0) return field.kind === "string" && this.#other(field);
    const end = behind - 1;
    const length = end - start;
    const { lengths, check } = field;
    if (lengths !== undefined) {
      if (length < lengths.min || length > lengths.max) return false;
    } else if (check !== undefined && check(latin1(text, start, end)) !== undefined) return false;
    this.#at = behind;
    if (length === 0 && field.omitZero) return true;
    this.#reserve(length + 20);
    this.#varint(field.tag);
    this.#varint(length);
    const out = this.#out;
    let size = this.#size;
    if (length > longText) {
      out.set(text.subarray(start, end), size);
      size += length;
    } else for (let at = start; at < end; at++) out[size++] = text[at] as number; // both are within bounds
    this.#size = size;
    return true;
  }

  #number(field: TextField): boolean {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (; at - start <= maxDigits; at++) {
      const digit = (text[at] as number) - zero; // NaN at the end of the text
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const isPlain = at > start && (text[start] !== zero || at === start + 1) && isDelimiter(this.#text, at);
    if (!isPlain) return this.#other(field);
    if (value > field.max || field.check?.(value) !== undefined) return false;
    this.#at = at;
    this.#writeNumber(field, value);
    return true;
  }

  #bool(field: TextField): boolean {
    const value = isNext(this.#text, this.#at, trueText);
    if (!value && !isNext(this.#text, this.#at, falseText)) return false;
    const at = this.#at + (value ? trueText : falseText).length;
    if (!isDelimiter(this.#text, at) || field.check?.(value) !== undefined) return false;
    this.#at = at;
    this.#writeNumber(field, value ? 1 : 0);
    return true;
  }

  #enum(field: TextField): boolean {
    if (field.lastName.length > 0 && isNext(this.#text, this.#at, field.lastName)) {
      this.#at += field.lastName.length;
      this.#writeNumber(field, field.lastNumber);
      return true;
    }
    const end = endOfPlainText(this.#text, this.#at);
    if (end < 0) return this.#other(field);
    const value = field.numbers.get(latin1(this.#text, this.#at + 1, end - 1));
    if (value === undefined || field.check?.(value) !== undefined) return false;
    if (value < 0) return this.#other(field);
    field.lastName = this.#text.slice(this.#at, end);
    field.lastNumber = value;
    this.#at = end;
    this.#writeNumber(field, value);
    return true;
  }

  #writeNumber({ tag, omitZero }: TextField, value: number): void {
    if (value === 0 && omitZero) return;
    this.#reserve(20);
    this.#varint(tag);
    this.#varint(value);
  }

  #list(field: TextField): boolean {
    const text = this.#text;
    const plan = field.content();
    if (plan === undefined && field.kind === "messages") return this.#other(field);
    if (text[this.#at] !== openList) return false;
    this.#at = skipSpace(this.#text, this.#at + 1);
    let count = 0;
    if (text[this.#at] === closeList) this.#at++;
    else {
      for (;;) {
        if (!(plan === undefined ? this.#string(field) : this.#content(field.tag, plan))) return false;
        count++;
        const end = skipSpace(this.#text, this.#at);
        const byte = text[end];
        if (byte === comma) {
          this.#at = skipSpace(this.#text, end + 1);
          continue;
        }
        this.#at = end + 1;
        if (byte === closeList) break;
        return false;
      }
    }
    return field.checkCount?.(count) === undefined;
  }

  /** Writes a message with its tag and its length. */
  #content(tag: number, plan: TextPlan): boolean {
    this.#reserve(20);
    this.#varint(tag);
    const start = this.#size++;
    if (!this.#message(plan)) return false;
    this.#close(start);
    return true;
  }

  /** One whose type comes first. */
  #any(field: TextField): boolean {
    const text = this.#text;
    const start = this.#at;
    this.#at = skipSpace(this.#text, start + 1);
    const isTyped = text[start] === openObject && isNext(this.#text, this.#at, typeKey);
    const urlAt = isTyped ? skipSpace(this.#text, this.#at + typeKey.length) : start;
    const end = isTyped ? endOfPlainText(this.#text, urlAt) : -1;
    const plan = end < 0 ? undefined : this.#plans(typeNameOf(latin1(text, urlAt + 1, end - 1)) ?? "");
    const next = skipSpace(this.#text, end);
    this.#at = start;
    if (plan === undefined || !(text[next] === comma || text[next] === closeObject)) return this.#other(field);
    this.#reserve(end - urlAt + 40);
    const wireStart = this.#size;
    this.#varint(field.tag);
    const anyStart = this.#size++;
    this.#varint(urlTag);
    this.#varint(end - urlAt - 2);
    this.#out.set(text.subarray(urlAt + 1, end - 1), this.#size);
    this.#size += end - urlAt - 2;
    const valueStart = this.#size;
    this.#varint(valueTag);
    const contentStart = this.#size++;
    this.#at = text[next] === comma ? skipSpace(this.#text, next + 1) : next;
    if (text[next] === comma && text[this.#at] === closeObject) return false;
    if (++this.#depth > maxDepth || !this.#members(plan)) return false;
    this.#depth--;
    if (this.#size === contentStart + 1) this.#size = valueStart;
    else this.#close(contentStart);
    this.#close(anyStart);
    this.#keep(field, start, wireStart);
    return true;
  }

  /** Whatever the value is. */
  #other(field: TextField): boolean {
    const text = this.#text;
    const start = this.#at;
    if (text[start] === letterN && !field.plan.takesNull) return false;
    const end = endOfValue(this.#text, start);
    const wire = end > start ? encodeValue(field, utf8(text, start, end), this.#depth) : undefined;
    if (wire === undefined) return false;
    const wireStart = this.#size;
    this.#at = end;
    this.#raw(wire);
    this.#keep(field, start, wireStart);
    return true;
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#out.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Puts the fields of the message that begins at `start` in order. False if one is there twice. */
  #sort(base: number, start: number): boolean {
    const length = this.#size - start;
    if (length > this.#scratch.length) this.#scratch = new Uint8Array(length * 2);
    const scratch = this.#scratch;
    const out = this.#out;
    const numbers = this.#numbers;
    const starts = this.#starts;
    const top = this.#top;
    let size = 0;
    // Each time the field with the next higher number: there are few.
    for (let last = 0, left = top - base; left > 0; left--) {
      let next = -1;
      for (let i = base; i < top; i++) {
        const number = numbers[i] as number; // `#members` filled both
        if (number > last && (next < 0 || number < (numbers[next] as number))) next = i;
      }
      if (next < 0) return false;
      last = numbers[next] as number;
      const end = next + 1 < top ? (starts[next + 1] as number) : this.#size;
      for (let at = starts[next] as number; at < end; at++) scratch[size++] = out[at] as number;
    }
    for (let at = 0; at < length; at++) out[start + at] = scratch[at] as number;
    return true;
  }

  /** Writes the length of what stands behind `start`, for which one byte was left there. */
  #close(start: number): void {
    const length = this.#size - start - 1;
    if (length < 0x80) {
      this.#out[start] = length;
      return;
    }
    const needed = sizeOfVarint(length);
    this.#reserve(needed);
    this.#out.copyWithin(start + needed, start + 1, this.#size);
    this.#size = start;
    this.#varint(length);
    this.#size += length;
  }

  #varint(value: number): void {
    const out = this.#out;
    let size = this.#size;
    let rest = value;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) out[size++] = (rest & 0x7f) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) out[size++] = (rest & 0x7f) | 0x80;
    out[size++] = rest;
    this.#size = size;
  }

  #reserve(count: number): void {
    if (this.#size + count <= this.#out.length) return;
    const grown = new Uint8Array((this.#size + count) * 2);
    grown.set(this.#out.subarray(0, this.#size));
    this.#out = grown;
  }
}

/** A field with its value, as it is written from parsed JSON; undefined if that is not valid. */
function encodeValue({ plan }: TextField, json: string, depth: number): Uint8Array | undefined {
  const context = createContext({ prefix: "", maxProblems: 1, validate: true, opaqueAny: false });
  context.depth = depth;
  try {
    plan.encode(JSON.parse(json), context);
  } catch (error) {
    finishContext(context);
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return finishContext(context);
}

const { comma, zero, colon, openList, closeList, letterN, openObject, closeObject } = byteOf;

/** Messages within messages before it gives up: `encodeJson` takes more. */
const maxDepth = 60;
/** Digits of a number that fits into 32 bits. */
const maxDigits = 10;
/** Bytes above which copying is left to the machine. */
const longText = 64;
/** Bytes of a value that is kept, since the next one may be the same. */
const maxMemo = 1024;

const urlTag = makeTag(1, WireType.Bytes);
const valueTag = makeTag(2, WireType.Bytes);

const noText: Uint8Array = new Uint8Array();
const typeKey = Buffer.from('"@type":');
const trueText = Buffer.from("true");
const falseText = Buffer.from("false");
