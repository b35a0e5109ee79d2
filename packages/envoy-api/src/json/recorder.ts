import { firstCredit, type Length, type Mark, type Slot, type Template, wordsOf } from "./template.ts";
import type { TextField } from "./text-plan.ts";

/** Notes, while a text is read and written, which of its values a template may leave open. */
export class Recorder {
  #marks: Mark[] = [];
  /** Where the last value ends that may be a secret, which is not to be kept. */
  #secretEnd = 0;

  /** Different for each time that one starts. */
  round = 0;

  start(): void {
    this.round = ++lastRound;
    this.#marks = [];
    this.#secretEnd = 0;
  }

  /** Notes a value, and where it was written. */
  slot(field: TextField, place: Pick<Slot, "kind" | "textStart" | "textEnd" | "at" | "size">): void {
    this.#marks.push({ ...place, field, around: [], newStart: 0, newValue: 0, newSize: place.size });
  }

  /** Notes that the length of a message goes to `at`, in a byte as far as is known. */
  open(at: number): void {
    this.#marks.push({ kind: "length", at, size: 1, value: 0, newValue: 0, newSize: 1 });
  }

  /** Notes the length that was opened at `at`, and that it took `size` bytes: what stands behind it moved. */
  close(at: number, value: number, size: number): void {
    const mark = this.#marks[this.#firstFrom(at)];
    if (mark?.kind !== "length") return;
    mark.value = value;
    mark.size = size;
    mark.newSize = size;
    this.move(at + 1, () => size - 1);
  }

  /** Tells how far each thing moved that was written from `start` on. */
  move(start: number, distanceOf: (at: number) => number): void {
    for (const mark of this.#marks.slice(this.#firstFrom(start))) mark.at += distanceOf(mark.at);
  }

  noteSecret(textEnd: number): void {
    this.#secretEnd = textEnd;
  }

  /** Makes a template, unless there may be a secret in it, or it would not pay. */
  template({ textStart, wireStart, ...content }: Recorded): Template | undefined {
    const noted = this.#marks.slice(this.#firstFrom(wireStart));
    if (this.#secretEnd > textStart || noted.length > mostMarks) return undefined;
    const lengths = noted
      .filter((mark) => mark.kind === "length")
      .map((mark) => ({ ...mark, at: mark.at - wireStart }));
    const slots = noted
      .filter((mark) => mark.kind !== "length")
      .map((mark) => relative(mark, { textStart, wireStart, lengths }));
    if (slots.length > 0 && content.text.length < leastWithSlots) return undefined;
    const used = [...new Set(slots.flatMap(({ around }) => around))];
    const marks = [...slots, ...used].sort((a, b) => a.at - b.at);
    return { ...content, words: wordsOf(content.text), credit: firstCredit, resized: 0, slots, lengths: used, marks };
  }

  /** The index of the first mark from a place on: what is written later stands behind what was written before. */
  #firstFrom(at: number): number {
    let index = this.#marks.length;
    while (index > 0 && (this.#marks[index - 1] as Mark).at >= at) index--; // within bounds
    return index;
  }
}

let lastRound = 0;

/** What a template is made of, and where it began. */
interface Recorded extends Pick<Template, "text" | "wire" | "depth"> {
  readonly textStart: number;
  readonly wireStart: number;
}

/** Marks beyond which a template would be compared in vain too often. */
const mostMarks = 64;
/** Bytes of a text with values up to which these and all else are read as fast. */
const leastWithSlots = 80;

interface Origin {
  readonly textStart: number;
  readonly wireStart: number;
  readonly lengths: readonly Length[];
}

function relative(slot: Slot, { textStart, wireStart, lengths }: Origin): Slot {
  const at = slot.at - wireStart;
  const around = lengths.filter((length) => {
    const start = length.at + length.size;
    return at >= start && at < start + length.value;
  });
  return { ...slot, textStart: slot.textStart - textStart, textEnd: slot.textEnd - textStart, at, around };
}
