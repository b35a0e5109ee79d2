import { DEFAULT_FRAME_BYTES, DEFAULT_WINDOW_BYTES, MAX_WINDOW_BYTES } from "./codes.ts";
import { dataHead, packData } from "./frame.ts";
import type { Stream } from "./stream.ts";
import type { Hand, Turns } from "./turns.ts";
import type { Writer } from "./writer.ts";

/** Up to this size a message is copied into one frame: cheaper than a part of a write for each of its chunks. */
const PACKED_BYTES = 4096;

/** Above this many bytes on their way, the client counts as slow: one DATA frame. */
const BLOCKED_BYTES = 16 * 1024;

/** Above this size the frames of a message are made once for all streams that send it. */
const SHARED_BYTES = 64 * 1024;

/** What is at most so long goes out without waiting for its turn. */
const SMALL_BYTES = 64 * 1024;

export interface SenderOptions {
  /** Bytes that may be in the hands of the socket at a time. */
  readonly maxWriteBytes: number;
  /** Where this connection and the others wait for their turn. */
  readonly turns: Turns;
}

/**
 * Sends the data of one connection's streams: as much as the client's windows allow, at most `maxWriteBytes` at a time,
 * a frame of each stream in turn. The rest waits as references to the chunks of shared messages, cut where needed. So a
 * slow client costs no copies, and TLS never encrypts megabytes at once.
 *
 * https://www.rfc-editor.org/rfc/rfc9113#section-5.2
 */
export class Sender implements Hand {
  /** How large a frame the client takes. */
  maxFrameBytes: number = DEFAULT_FRAME_BYTES;
  readonly #writer: Writer;
  readonly #options: SenderOptions;
  readonly #blockedBytes: number;
  /** How much the client takes, on all streams together. */
  #window: number = DEFAULT_WINDOW_BYTES;
  #ready: Stream[] = [];
  #blocked: Stream[] = [];

  constructor(writer: Writer, options: SenderOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#blockedBytes = Math.min(options.maxWriteBytes, BLOCKED_BYTES);
  }

  /** Sends `head` and `chunks` with `bytes` bytes in all, now or later; the stream is told of a drain if that blocks it. */
  send(stream: Stream, bytes: number, head: Uint8Array, chunks: readonly Uint8Array[]): void {
    if (bytes > PACKED_BYTES) {
      stream.waiting.push([head], head.length, false);
      stream.waiting.push(chunks, bytes - head.length, bytes > SHARED_BYTES);
      this.#start(stream);
    } else if (!stream.blocked && bytes <= stream.sendWindow && bytes <= this.#window && stream.waitingBytes === 0) {
      this.#writer.push(packData(stream.id, bytes, head, chunks));
      stream.sendWindow -= bytes;
      this.#window -= bytes;
    } else {
      stream.waiting.push([Buffer.concat([head, ...chunks], bytes)], bytes, false);
      this.#start(stream);
    }
    if (!stream.blocked && !this.#isFree(stream)) {
      stream.blocked = true;
      this.#blocked.push(stream);
      this.#watch();
    }
  }

  /** Lets `stream` send more, or less, and goes on with it; false when that is more than any window has. */
  widen(stream: Stream, bytes: number): boolean {
    stream.sendWindow += bytes;
    this.#start(stream);
    return stream.sendWindow <= MAX_WINDOW_BYTES;
  }

  /** The same for all streams together. */
  widenAll(bytes: number): boolean {
    this.#window += bytes;
    this.#resume();
    return this.#window <= MAX_WINDOW_BYTES;
  }

  /** Sends what waits on `stream`, if its windows are open. */
  #start(stream: Stream): void {
    if (stream.waitingBytes === 0 || stream.sendWindow <= 0 || stream.closed) return;
    if (!stream.ready) {
      stream.ready = true;
      this.#ready.push(stream);
    }
    this.#resume(stream.waitingBytes);
  }

  /** Goes on with the streams that wait for the connection; `bytes` is how much there is to send, if that is known. */
  #resume(bytes: number = Number.POSITIVE_INFINITY): void {
    if (this.#ready.length === 0 || this.#window <= 0) return;
    if (bytes <= SMALL_BYTES && this.#ready.length === 1) this.hand();
    else this.#options.turns.take(this);
  }

  hand(): number {
    const budget = this.#options.maxWriteBytes - this.#writer.queuedBytes;
    let left = budget;
    while (left > 0 && this.#window > 0) {
      const stream = this.#ready.shift();
      if (stream === undefined) break;
      left -= this.#sendSome(stream, left);
      stream.ready = stream.waitingBytes > 0 && stream.sendWindow > 0;
      if (stream.ready) this.#ready.push(stream);
    }
    this.#watch();
    return Math.max(0, budget - left);
  }

  /** To be called when some of what was written has left. */
  flushed(): void {
    this.#resume();
    if (this.#writer.queuedBytes < this.#blockedBytes) {
      const blocked = this.#blocked;
      this.#blocked = [];
      for (const stream of blocked) this.#drain(stream);
    }
    this.#watch();
  }

  close(): void {
    this.#options.turns.delete(this);
    this.#ready = [];
    this.#blocked = [];
  }

  #isFree(stream: Stream): boolean {
    return stream.waitingBytes === 0 && this.#writer.queuedBytes < this.#blockedBytes;
  }

  #drain(stream: Stream): void {
    if (stream.closed) return;
    if (this.#isFree(stream)) stream.drained();
    else this.#blocked.push(stream);
  }

  /** Sends a frame, or several when no other stream waits; returns how many bytes that was. */
  #sendSome(stream: Stream, maxBytes: number): number {
    const { waiting } = stream;
    const before = waiting.bytes;
    const allowed = Math.min(stream.sendWindow, this.#window);
    const wanted = this.#ready.length === 0 ? Math.max(maxBytes, DEFAULT_FRAME_BYTES) : DEFAULT_FRAME_BYTES;
    const frames = waiting.takeFrames(stream.id, Math.min(allowed, wanted));
    if (frames === undefined) this.#sendFrame(stream, Math.min(allowed, this.maxFrameBytes));
    else this.#writer.push(frames);
    const bytes = before - waiting.bytes;
    stream.sendWindow -= bytes;
    this.#window -= bytes;
    if (waiting.bytes === 0) stream.emptied();
    return bytes;
  }

  #sendFrame({ id, waiting }: Stream, maxBytes: number): void {
    let left = waiting.nextBytes(maxBytes);
    if (left <= 0) return;
    this.#writer.push(dataHead(left, id));
    while (left > 0) {
      const chunk = waiting.take(left);
      if (chunk === undefined) break;
      if (chunk.length > 0) this.#writer.push(chunk);
      left -= chunk.length;
    }
  }

  /** Asks to be called back when there is something to do then: more to send, or a drain to tell. */
  #watch(): void {
    if (this.#ready.length + this.#blocked.length > 0 && this.#writer.queuedBytes > 0) this.#writer.want();
  }
}
