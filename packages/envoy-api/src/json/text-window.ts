import { latin1 } from "./text-scan.ts";

/** A text in UTF-8, of which a piece at a time is a string, too: a character for each byte. */
export class TextWindow {
  readonly bytes: Uint8Array;
  /** Where the piece begins. */
  start = 0;
  #piece = "";

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A piece that has what begins at a place, up to a length or the end of the text. */
  at(start: number, length: number): string {
    const end = this.start + this.#piece.length;
    if (start >= this.start && (start + length <= end || end === this.bytes.length)) return this.#piece;
    this.start = start;
    this.#piece = latin1(this.bytes, start, Math.min(start + Math.max(length, pieceBytes), this.bytes.length));
    return this.#piece;
  }
}

/** Much more than most resources have, and little enough to be garbage soon. */
const pieceBytes = 32 * 1024;
