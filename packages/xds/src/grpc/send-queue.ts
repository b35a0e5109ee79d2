import type { Writable } from "node:stream";
import { ChunkQueue } from "./chunk-queue.ts";
import { type Frame, messageHead, PREFIX_BYTES, packMessage } from "./frame.ts";
import type { Turns } from "./turns.ts";

/** Up to this size a message is copied into one buffer: cheaper than a write for each of its parts. */
const PACKED_BYTES = 4096;

/** Above this many bytes on their way, the client counts as slow: one DATA frame of HTTP/2. */
const BLOCKED_BYTES = 16 * 1024;

/** What is at most so long goes out without waiting for its turn. */
const SMALL_BYTES = 64 * 1024;

export interface SendQueueOptions {
  /** Bytes that may be in the hands of the stream at a time. */
  readonly maxWriteBytes: number;
  /** Where this queue and the others wait for their turn. */
  readonly turns: Turns;
  /** Called when {@link SendQueue.writable} becomes true again after a write made it false. */
  drain(): void;
}

/**
 * Paces what one call sends: at most `maxWriteBytes` are in the hands of the stream, the rest waits as references to the
 * chunks of shared frames, cut where needed. So a slow client costs no copies, TLS never encrypts megabytes at once, and
 * the streams take turns.
 */
export class SendQueue {
  readonly #stream: Writable;
  readonly #options: SendQueueOptions;
  readonly #blockedBytes: number;
  readonly #waiting = new ChunkQueue();
  #blocked = false;
  #ending = false;
  #closed = false;

  constructor(stream: Writable, options: SendQueueOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#blockedBytes = Math.min(options.maxWriteBytes, BLOCKED_BYTES);
  }

  /** False while anything waits here or the stream still holds more than a few KB. */
  get writable(): boolean {
    return this.#waiting.empty && this.#stream.writableLength < this.#blockedBytes;
  }

  /** Bytes that the stream was not given yet. */
  get waitingBytes(): number {
    return this.#waiting.bytes;
  }

  /** Queues one message and returns the bytes it takes on the wire. */
  write(frame: Frame, prefix: Uint8Array | undefined): number {
    const bytes = PREFIX_BYTES + (prefix?.length ?? 0) + frame.length;
    if (bytes > PACKED_BYTES) {
      this.#waiting.push([messageHead(frame, prefix)]);
      this.#waiting.push(frame.chunks);
      this.#pump();
    } else if (this.writable) {
      this.#writeLast(packMessage(frame, prefix));
    } else {
      this.#waiting.push([packMessage(frame, prefix)]);
    }
    this.#blocked = !this.writable;
    return bytes;
  }

  /** Ends the stream once everything queued has been handed over. */
  end(): void {
    this.#ending = true;
    if (this.#waiting.empty) this.#stream.end();
  }

  /** Forgets what waits: the call is over. */
  close(): void {
    this.#waiting.clear();
    this.#options.turns.delete(this.#hand);
    this.#closed = true;
  }

  #pump(): void {
    if (this.#waiting.bytes <= SMALL_BYTES) this.#hand();
    else this.#options.turns.take(this.#hand);
  }

  /** Gives the stream what it may have, and returns how many bytes that was. Corked writes leave as one writev. */
  readonly #hand = (): number => {
    const budget = this.#options.maxWriteBytes - this.#stream.writableLength;
    let left = budget;
    let chunk = this.#waiting.take(left);
    if (chunk === undefined) return 0;
    this.#stream.cork();
    while (chunk !== undefined) {
      left -= chunk.length;
      const next = this.#waiting.take(left);
      if (next === undefined) this.#writeLast(chunk);
      else this.#stream.write(chunk);
      chunk = next;
    }
    this.#stream.uncork();
    if (this.#ending && this.#waiting.empty) this.#stream.end();
    return budget - left;
  };

  /** Asks to be called back only when there is something to do then: more to send, or a drain to tell. */
  #writeLast(chunk: Uint8Array): void {
    const blocked = this.#stream.writableLength + chunk.length >= this.#blockedBytes;
    if (blocked || !this.#waiting.empty) this.#stream.write(chunk, this.#written);
    else this.#stream.write(chunk);
  }

  readonly #written = (): void => {
    if (this.#closed) return;
    if (!this.#waiting.empty) this.#pump();
    if (this.#ending || !this.#blocked || !this.writable) return;
    this.#blocked = false;
    this.#options.drain();
  };
}
