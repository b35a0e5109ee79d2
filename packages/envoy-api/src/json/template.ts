import { sizeOfVarint } from "../wire/index.ts";
import type { TextField } from "./text-plan.ts";
import { endOfNumber, endOfPlainText, latin1, numberAt } from "./text-scan.ts";

/**
 * A text that was read, what was written for it, and which of its values may be others: what programs write is mostly
 * the same over and over, with other names and numbers in it.
 */
export interface Template {
  readonly text: Uint8Array;
  /** The text, to be compared a word at a time. */
  readonly words: DataView;
  wire: Uint8Array;
  /** How deep it stood. */
  readonly depth: number;
  /** How many more texts were like it than were not: one that is tried in vain too often is forgotten. */
  credit: number;
  /** How many texts in a row were like it but for the sizes of their values. */
  resized: number;
  /** The values that may be others, in the order of the text. */
  readonly slots: readonly Slot[];
  /** The lengths of messages that have some. */
  readonly lengths: readonly Length[];
  /** All of these, in the order of the wire. */
  readonly marks: readonly Mark[];
}

/** A place in what was written that depends on values. */
export type Mark = Slot | Length;

interface Place {
  /** Where it stands in the wire, and how many bytes it has there. */
  at: number;
  size: number;
  /** What is to stand there instead, and how many bytes that has: of what was matched last. */
  newValue: number;
  newSize: number;
}

/** A text with its length, or a number. */
export interface Slot extends Place {
  readonly kind: "text" | "number";
  readonly field: TextField;
  /** Where the value stands in the text, without quotes. */
  readonly textStart: number;
  readonly textEnd: number;
  /** The lengths that count it. */
  readonly around: readonly Length[];
  /** Where a text stands that was matched last. */
  newStart: number;
}

export interface Length extends Place {
  readonly kind: "length";
  value: number;
}

/** The longest text that has a length of one byte. */
export const mostInSlot = 0x7f;

/** Reads texts that are like those of templates, one at a time: what is the same is only compared. */
export class TemplateReader {
  /** Bytes that `write` writes. */
  size = 0;
  readonly #text: Uint8Array;
  readonly #words: DataView;
  #template: Template | undefined;
  #isSameSize = true;

  constructor(text: Uint8Array) {
    this.#text = text;
    this.#words = wordsOf(text);
  }

  /** The place behind the text that begins at `start`; -1 if it is not like that of any template, or not right. */
  match(templates: Template[], start: number, depth: number): number {
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i] as Template; // within bounds, as all below
      if (depth > template.depth) continue;
      const end = this.#matchOne(template, start);
      if (end >= 0) {
        if (template.credit < mostCredit) template.credit++;
        // What fits is tried first the next time.
        if (i > 0) templates.unshift(...templates.splice(i, 1));
        return end;
      }
      if (--template.credit < 0) templates.splice(i--, 1);
    }
    return -1;
  }

  #matchOne(template: Template, start: number): number {
    const { text: model, wire, slots } = template;
    const text = this.#text;
    let at = start;
    let from = 0;
    let grown = 0;
    let isSameSize = true;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot;
      const { textStart } = slot;
      at = this.#skipSame(template, from, textStart, at);
      if (at < 0) return -1;
      at = slot.kind === "text" ? takeText(slot, text, at) : takeNumber(slot, text, at);
      if (at < 0) return -1;
      from = slot.textEnd;
      if (slot.newSize === slot.size) continue;
      isSameSize = false;
      grown += slot.newSize - slot.size;
    }
    at = this.#skipSame(template, from, model.length, at);
    if (at < 0) return -1;
    if (!isSameSize && !fitLengths(template)) return -1;
    this.#template = template;
    this.#isSameSize = isSameSize;
    this.size = wire.length + grown;
    return at;
  }

  /** The place behind what stands in a template from one place to another, if that stands at `start` of the text; else -1. */
  #skipSame({ text: model, words }: Template, from: number, to: number, start: number): number {
    const text = this.#text;
    const textWords = this.#words;
    let at = start;
    let place = from;
    const lastWord = Math.min(to, from + text.length - start) - 4;
    for (; place <= lastWord; place += 4, at += 4) if (textWords.getInt32(at) !== words.getInt32(place)) return -1;
    for (; place < to; place++, at++) if (text[at] !== model[place]) return -1;
    return at;
  }

  /** Writes what the text means that was matched last. */
  write(out: Uint8Array, start: number): void {
    const template = this.#template;
    if (template === undefined) return;
    const { wire, slots } = template;
    if (!this.#isSameSize) {
      writeResized(template, this.#text, out, start);
      if (++template.resized >= manyResized) adopt(template, out.slice(start, start + this.size));
      return;
    }
    template.resized = 0;
    out.set(wire, start);
    for (let i = 0; i < slots.length; i++) writeMark(slots[i] as Slot, this.#text, out, start + (slots[i] as Slot).at);
  }
}

/** Sizes stay the same for a while, mostly: names are counted up, for instance. */
const manyResized = 4;

/** Writes the wire with values of other sizes. */
function writeResized({ wire, marks }: Template, text: Uint8Array, out: Uint8Array, start: number): void {
  let at = start;
  let from = 0;
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i] as Mark;
    while (from < mark.at) out[at++] = wire[from++] as number;
    writeMark(mark, text, out, at);
    at += mark.newSize;
    from += mark.size;
  }
  while (from < wire.length) out[at++] = wire[from++] as number;
}

/** Has a template be of the sizes that were matched last, for which `wire` was written. */
function adopt(template: Template, wire: Uint8Array): void {
  template.wire = wire;
  template.resized = 0;
  let grown = 0;
  for (const mark of template.marks) {
    mark.at += grown;
    grown += mark.newSize - mark.size;
    mark.size = mark.newSize;
    if (mark.kind === "length") mark.value = mark.newValue;
  }
}

/** For reading words of four bytes, wherever they stand. */
export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Takes the text whose quote stands in front of `start`. The place behind it, or -1. */
function takeText(slot: Slot, text: Uint8Array, start: number): number {
  const behind = endOfPlainText(text, start - 1);
  if (behind < 0) return -1;
  const end = behind - 1;
  const length = end - start;
  const { lengths, check, omitZero } = slot.field;
  if (length > mostInSlot || (length === 0 && omitZero)) return -1;
  if (lengths !== undefined) {
    if (length < lengths.min || length > lengths.max) return -1;
  } else if (check !== undefined && check(latin1(text, start, end)) !== undefined) return -1;
  slot.newStart = start;
  slot.newValue = length;
  slot.newSize = 1 + length;
  return end;
}

function takeNumber(slot: Slot, text: Uint8Array, start: number): number {
  const end = endOfNumber(text, start);
  if (end < 0) return -1;
  const value = numberAt(text, start, end);
  const { max, check, omitZero } = slot.field;
  if (value > max || (value === 0 && omitZero) || check?.(value) !== undefined) return -1;
  slot.newValue = value;
  slot.newSize = sizeOfVarint(value);
  return end;
}

/** How much a template has to begin with, and at most. */
export const firstCredit = 4;
const mostCredit = 8;

/** Works out the lengths around values of another size. False if one of them has another size itself. */
function fitLengths({ lengths, slots }: Template): boolean {
  for (let i = 0; i < lengths.length; i++) (lengths[i] as Length).newValue = (lengths[i] as Length).value;
  for (let i = 0; i < slots.length; i++) {
    const { around, size, newSize } = slots[i] as Slot;
    if (size === newSize) continue;
    for (let k = 0; k < around.length; k++) (around[k] as Length).newValue += newSize - size;
  }
  for (let i = 0; i < lengths.length; i++) {
    if (sizeOfVarint((lengths[i] as Length).newValue) !== (lengths[i] as Length).size) return false;
  }
  return true;
}

function writeMark(mark: Mark, text: Uint8Array, out: Uint8Array, start: number): void {
  let at = start;
  let rest = mark.newValue;
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) out[at++] = (rest & 0x7f) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  if (mark.kind !== "text") return;
  let from = mark.newStart;
  for (const end = from + mark.newValue; from < end; from++) out[at++] = text[from] as number; // it was matched
}
