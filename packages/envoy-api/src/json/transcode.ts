import { type Api, envoyApi } from "../descriptors/api.ts";
import { typeNameOf } from "../descriptors/type-url.ts";
import { makeTag, sizeOfVarint, WireType } from "../wire/index.ts";
import { createContext, finishContext } from "./context.ts";
import { compilerOf } from "./encode.ts";
import { Recorder } from "./recorder.ts";
import { mostInSlot, TemplateReader } from "./template.ts";
import type { TextField, TextKey, TextPlan } from "./text-plan.ts";
import {
  byteOf,
  endOfNumber,
  endOfPlainText,
  endOfValue,
  isDelimiter,
  isNext,
  latin1,
  numberAt,
  skipSpace,
  utf8,
} from "./text-scan.ts";

/**
 * Writes messages from proto3 JSON that is still text, in one pass over its bytes: what `encodeJson` would write of what
 * `JSON.parse` reads. It takes only what is common and right. Where there is any doubt it gives up, so that those two can
 * say what the matter is. It learns from what it reads: of a text that differs from one before in names and numbers only,
 * no more is looked at than those (`template.ts`). It writes by itself, since calls into a `WireWriter` would be a tenth
 * of its time, and a quarter in a process that has just started.
 */
export class Transcoder {
  readonly #plans: (typeName: string) => TextPlan | undefined;
  /** What was read last. */
  #typeName = "";
  #plan: TextPlan | undefined;
  readonly #text: Uint8Array;
  /** Where it reads. */
  #at = 0;
  #out = new Uint8Array(2 * 1024);
  /** Where it writes. */
  #size = 0;
  /** Views of what is written, by their length: to make one takes as long as to write a small message. */
  readonly #views = new Map<number, Uint8Array>();
  #depth = 0;
  /** The fields of the messages that are being read, innermost last: their numbers, and where they begin in `#out`. */
  readonly #numbers: number[] = [];
  readonly #starts: number[] = [];
  /** Where the fields went that `#sort` put in order. */
  readonly #moved: number[] = [];
  #top = 0;
  #scratch = new Uint8Array();
  readonly #templates: TemplateReader;
  readonly #recorder = new Recorder();
  /** Whether templates are made of what is read, rather than used. */
  #learns = false;

  /** For a text in UTF-8 with any number of messages. */
  constructor(text: Uint8Array, api: Api = envoyApi()) {
    this.#plans = compilerOf(api).textPlan;
    this.#text = text;
    this.#templates = new TemplateReader(text);
  }

  /**
   * Reads the message of a type that begins at `start` of the text. The place behind it, or -1 if this is not for it to
   * say: the message may still be valid.
   */
  read(typeName: string, start: number): number {
    if (typeName !== this.#typeName) {
      this.#typeName = typeName;
      this.#plan = this.#plans(typeName);
    }
    const plan = this.#plan;
    if (plan === undefined) return -1;
    this.#at = start;
    this.#size = 0;
    this.#depth = 0;
    this.#top = 0;
    if (plan.debt > 0) plan.debt--;
    return this.#resemble(plan) || this.#whole(plan) ? this.#at : -1;
  }

  /** A message that is not part of another. */
  #whole(plan: TextPlan): boolean {
    const start = this.#at;
    // To learn takes longer than to read: where all differ, it is done now and then.
    this.#learns = plan.debt < mostDebt;
    this.#recorder.start();
    const isRead = this.#message(plan);
    if (this.#learns) {
      plan.debt += learningCost;
      if (isRead) this.#learn(plan, start, 0);
    }
    this.#learns = false;
    return isRead;
  }

  /** What the last `read` wrote: a view, until the next one. */
  get bytes(): Uint8Array {
    const known = this.#views.get(this.#size);
    if (known !== undefined) return known;
    const view = this.#out.subarray(0, this.#size);
    this.#views.set(this.#size, view);
    return view;
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
        if (field.sensitive) this.#recorder.noteSecret(this.#at);
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
    if (!sorted) {
      if (!this.#sort(base, start)) return false;
      if (this.#learns) this.#recorder.move(start, (at) => this.#distance(base, at));
    }
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
        return this.#content(field);
      case "any":
        return this.#resemble(field) || this.#any(field);
      default:
        return this.#resemble(field) || this.#other(field);
    }
  }

  /** Reads what is like something that was learnt from, but for some values in it. */
  #resemble({ templates }: TextField | TextPlan): boolean {
    if (templates.length === 0 || this.#learns) return false;
    const end = this.#templates.match(templates, this.#at, this.#depth);
    if (end < 0 || (this.#depth > 0 && !isDelimiter(this.#text, end))) return false;
    const { size } = this.#templates;
    this.#reserve(size);
    this.#templates.write(this.#out, this.#size);
    this.#at = end;
    this.#size += size;
    return true;
  }

  /** Items of lists are mostly alike: it is done for the first that ends. */
  #learnOnce(field: TextField, textStart: number, wireStart: number): void {
    if (field.learntIn === this.#recorder.round) return;
    field.learntIn = this.#recorder.round;
    this.#learn(field, textStart, wireStart);
  }

  /** Keeps what was read from a place of the text on, and what was written for it from another. */
  #learn({ templates }: TextField | TextPlan, textStart: number, wireStart: number): void {
    const isKnown = this.#templates.match(templates, textStart, this.#depth) === this.#at;
    if (isKnown || this.#at - textStart > mostText) return;
    const text = this.#text.slice(textStart, this.#at);
    const wire = this.#out.slice(wireStart, this.#size);
    const template = this.#recorder.template({ text, wire, depth: this.#depth, textStart, wireStart });
    if (template === undefined) return;
    templates.unshift(template);
    templates.length = Math.min(templates.length, mostTemplates);
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
    if (this.#learns && length <= mostInSlot) {
      const at = size - length - 1;
      this.#recorder.slot(field, { kind: "text", textStart: start, textEnd: end, at, size: length + 1 });
    }
    return true;
  }

  #number(field: TextField): boolean {
    const start = this.#at;
    const end = endOfNumber(this.#text, start);
    if (end < 0 || !isDelimiter(this.#text, end)) return this.#other(field);
    const value = numberAt(this.#text, start, end);
    if (value > field.max || field.check?.(value) !== undefined) return false;
    this.#at = end;
    this.#writeNumber(field, value);
    if (this.#learns && !(value === 0 && field.omitZero)) {
      const size = sizeOfVarint(value);
      this.#recorder.slot(field, { kind: "number", textStart: start, textEnd: end, at: this.#size - size, size });
    }
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
    if (field.kind === "messages" && field.content() === undefined) return this.#other(field);
    if (text[this.#at] !== openList) return false;
    this.#at = skipSpace(this.#text, this.#at + 1);
    let count = 0;
    if (text[this.#at] === closeList) this.#at++;
    else {
      for (;;) {
        if (!(field.kind === "strings" ? this.#string(field) : this.#content(field))) return false;
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
  #content(field: TextField): boolean {
    if (this.#resemble(field)) return true;
    const plan = field.content();
    if (plan === undefined) return this.#other(field);
    const textStart = this.#at;
    const wireStart = this.#size;
    this.#reserve(20);
    this.#varint(field.tag);
    const start = this.#open();
    if (!this.#message(plan)) return false;
    this.#close(start);
    if (this.#learns) this.#learnOnce(field, textStart, wireStart);
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
    const wireStart = this.#size;
    this.#reserve(end - urlAt + 40);
    this.#varint(field.tag);
    const anyStart = this.#open();
    this.#varint(urlTag);
    this.#varint(end - urlAt - 2);
    this.#out.set(text.subarray(urlAt + 1, end - 1), this.#size);
    this.#size += end - urlAt - 2;
    const valueStart = this.#size;
    this.#varint(valueTag);
    const contentStart = this.#open();
    this.#at = text[next] === comma ? skipSpace(this.#text, next + 1) : next;
    if (text[next] === comma && text[this.#at] === closeObject) return false;
    if (++this.#depth > maxDepth || !this.#members(plan)) return false;
    this.#depth--;
    if (this.#size === contentStart + 1) this.#size = valueStart;
    else this.#close(contentStart);
    this.#close(anyStart);
    if (this.#learns) this.#learnOnce(field, start, wireStart);
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
    if (this.#learns) this.#learnOnce(field, start, wireStart);
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
    const moved = this.#moved;
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
      moved[next] = start + size;
      size = copy(scratch, size, out, starts[next] as number, end);
    }
    copy(out, start, scratch, 0, length);
    return true;
  }

  /** How far `#sort` moved what stood at a place of the message. */
  #distance(base: number, at: number): number {
    let field = this.#top - 1;
    while (field > base && (this.#starts[field] as number) > at) field--;
    return (this.#moved[field] as number) - (this.#starts[field] as number); // `#sort` filled it
  }

  /** Leaves a byte for a length: its place. */
  #open(): number {
    if (this.#learns) this.#recorder.open(this.#size);
    return this.#size++;
  }

  /** Writes the length of what stands behind `start`, for which a byte was left there. */
  #close(start: number): void {
    const length = this.#size - start - 1;
    const size = length < 0x80 ? 1 : sizeOfVarint(length);
    if (size === 1) this.#out[start] = length;
    else {
      this.#reserve(size);
      this.#out.copyWithin(start + size, start + 1, this.#size);
      this.#size = start;
      this.#varint(length);
      this.#size += length;
    }
    if (this.#learns) this.#recorder.close(start, length, size);
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
    this.#views.clear();
  }
}

/** Copies bytes to a place in others; the place behind them. */
function copy(to: Uint8Array, place: number, from: Uint8Array, start: number, end: number): number {
  let at = place;
  if (end - start > longText) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at++] = from[i] as number;
  return place + end - start;
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

const { comma, colon, openList, closeList, letterN, openObject, closeObject } = byteOf;

/** Messages within messages before it gives up: `encodeJson` takes more. */
const maxDepth = 60;
/** Bytes above which copying is left to the machine. */
const longText = 64;
/** Bytes of a text that is learnt from, since the next one may be like it. */
const mostText = 2048;
/** Templates for one field or type. */
const mostTemplates = 4;
/** In messages that are read, as is what is owed for it: to learn takes as long as to read a few, and pays for itself later. */
const learningCost = 256;
/** Above it nothing is learnt until others were read. */
const mostDebt = 4 * learningCost;

const urlTag = makeTag(1, WireType.Bytes);
const valueTag = makeTag(2, WireType.Bytes);

const typeKey = Buffer.from('"@type":');
const trueText = Buffer.from("true");
const falseText = Buffer.from("false");
