import type { WireReader } from "@chancery/envoy-api/wire";

/** What is longer is not worth to be kept. */
const maxBytes = 128;

interface LikelyText {
  readonly text: string;
  /** With its length, as it stands in a message. */
  readonly bytes: Uint8Array;
}

/** Reads texts that many requests have in common: to compare one with those that came lately costs less than to decode it. */
export class LikelyTexts {
  readonly #most: number;
  readonly #texts: LikelyText[] = [];
  #count = 0;

  /** Keeps the last `most` that were decoded. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Reads the string that is next. Throws a WireError if it is malformed. */
  read(reader: WireReader, message: Uint8Array): string {
    const start = reader.pos;
    for (let i = 0; i < this.#texts.length; i++) {
      const { text, bytes } = this.#texts[i] as LikelyText; // within bounds
      if (!isTextAt(message, start, bytes)) continue;
      reader.pos = start + bytes.length;
      return text;
    }
    const text = reader.string();
    const { pos: end } = reader;
    if (end - start <= maxBytes) {
      const bytes = new Uint8Array(message.subarray(start, end));
      this.#texts[this.#count++ % this.#most] = { text, bytes };
    }
    return text;
  }
}

/** By hand, as the texts are short, and from the end, as many of them begin alike. */
function isTextAt(message: Uint8Array, start: number, bytes: Uint8Array): boolean {
  if (message[start] !== bytes[0]) return false;
  for (let at = bytes.length - 1; at > 0; at--) if (message[start + at] !== bytes[at]) return false;
  return true;
}
