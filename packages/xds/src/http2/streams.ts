import { expect } from "./codes.ts";
import type { Stream } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

/** How many streams are remembered that were reset here, since the client may not have heard of it. */
const MAX_RESETS = 10_000;

/** The streams of one connection: those that are open, and what is known of the others. */
export class Streams {
  readonly #open = new StreamTable();
  /** By number, how much may still come. Made when there is one. */
  #resets: Map<number, number> | undefined;
  #lastId = 0;
  #memoryBytes = 0;

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** The highest number that the client has used. */
  get lastId(): number {
    return this.#lastId;
  }

  /** What those that are open take. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  values(): readonly Stream[] {
    return this.#open.values();
  }

  /** The client has used a number, whatever becomes of it. */
  use(streamId: number): void {
    this.#lastId = streamId;
  }

  add(stream: Stream): void {
    this.#open.add(stream);
    this.#memoryBytes += stream.memoryBytes;
  }

  delete(stream: Stream): void {
    this.#open.delete(stream);
    this.#memoryBytes -= stream.memoryBytes;
  }

  /** A stream that the client has opened; undefined when it is closed. */
  get(streamId: number): Stream | undefined {
    expect(streamId % 2 === 1 && streamId <= this.#lastId, "the frame is for a stream that is not open");
    return this.#open.get(streamId);
  }

  /** A stream was reset here: as much as `lateBytes` may have been on its way. */
  noteReset(streamId: number, lateBytes: number): void {
    this.#resets ??= new Map();
    const [oldest = 0] = this.#resets.size < MAX_RESETS ? [] : this.#resets.keys();
    this.#resets.delete(oldest);
    this.#resets.set(streamId, lateBytes);
  }

  /** Bytes have come on a stream that the client may still hold for open; false if they were sent after it was reset. */
  takeLate(streamId: number, bytes: number): boolean {
    const left = (this.#resets?.get(streamId) ?? 0) - bytes;
    this.#resets?.set(streamId, left);
    return left >= 0;
  }

  /** True for a stream that the client may still hold for open. */
  wasReset(streamId: number): boolean {
    return this.#resets?.has(streamId) === true;
  }
}
