import { setImmediate, setTimeout } from "node:timers/promises";
import { currentTurn, type Stream } from "../http2/index.ts";
import type { Decompress } from "./compression.ts";
import { type EncodedMessage, MessageDecoder } from "./decoder.ts";
import type { CallHandler } from "./handler.ts";
import { Pace } from "./pace.ts";
import { giveBack } from "./spare-bodies.ts";
import { Code, StatusError } from "./status.ts";
import { Turnstile } from "./turnstile.ts";

/** Who takes the messages of one call. A promise pauses reading until it settles; errors come to `fail`. */
export interface Sink {
  message(bytes: Uint8Array): void | Promise<void>;
  /** How long the bytes of a message are looked at, if not for good. */
  readonly borrows: CallHandler["borrows"];
  finish(): void | Promise<void>;
  fail(error: unknown): void;
  /** The client sends faster than it may, and is made to wait. */
  delayed(): void;
}

export interface ReceiverOptions {
  readonly maxBytes: number;
  readonly maxMessagesPerSecond: number;
  readonly decompress: Decompress;
}

/** After so many messages in one turn all others get theirs: Node hands over megabytes of one connection at once. */
const MESSAGES_A_TURN = 32;

/** Node has four threads to decompress with. More at a time would not be faster, and each may take `maxBytes`. */
const decompressing = new Turnstile(4);

/** Reads a request stream as messages, one at a time and no faster than the sink takes them. */
export class Receiver {
  readonly #stream: Stream;
  readonly #sink: Sink;
  readonly #options: ReceiverOptions;
  readonly #decoder: MessageDecoder;
  readonly #pace: Pace;
  #taken = 0;
  /** The turn in which the last portion of messages was complete. */
  #portionTurn = -1;
  #busy = false;
  #ended = false;
  #endTold = false;
  #stopped = false;

  constructor(stream: Stream, sink: Sink, options: ReceiverOptions) {
    this.#stream = stream;
    this.#sink = sink;
    this.#options = options;
    this.#decoder = new MessageDecoder(options.maxBytes);
    this.#pace = new Pace(options.maxMessagesPerSecond);
  }

  start(): void {
    this.#decoder.lends = this.#sink.borrows;
    this.#stream.resume();
  }

  /** No more messages; what still comes is thrown away, so that the stream can end. */
  stop(): void {
    this.#stopped = true;
    this.#stream.resume();
  }

  read(chunk: Buffer): void {
    if (this.#stopped) return;
    this.#decoder.push(chunk);
    this.#deliver();
    this.#decoder.keep();
  }

  /** The client has sent all. */
  end(): void {
    this.#ended = true;
    this.#deliver();
  }

  #resume(): void {
    this.#busy = false;
    this.#deliver();
    if (!this.#busy) this.#stream.resume();
  }

  #deliver(): void {
    try {
      while (!this.#busy && !this.#stopped) {
        const message = this.#decoder.next();
        if (message === undefined) break;
        const taken = message.compressed ? this.#inflate(message) : this.#sink.message(message.bytes);
        if (message.lent !== undefined) this.#giveBack(message.lent, message.compressed ? undefined : taken);
        this.#await(++this.#taken % MESSAGES_A_TURN === 0 ? this.#endPortion(taken) : taken);
      }
      if (this.#ended && !this.#busy && !this.#stopped) this.#tellEnd();
    } catch (error) {
      this.#sink.fail(error);
    }
  }

  #giveBack(lent: Buffer, taken: void | Promise<void>): void {
    if (taken === undefined || this.#sink.borrows === "while-called") giveBack(lent);
    else taken.finally(() => giveBack(lent)).catch(() => {});
  }

  /** Settles when the message is taken and others had their turn, or later when the client sends too fast. */
  #endPortion(taken: void | Promise<void>): void | Promise<void> {
    const delayMs = this.#pace.delayMs(MESSAGES_A_TURN, performance.now());
    if (delayMs > 0) {
      this.#sink.delayed();
      return this.#after(setTimeout(delayMs, undefined, { ref: false }), taken);
    }
    const turn = currentTurn();
    if (turn !== this.#portionTurn) {
      this.#portionTurn = turn;
      return taken;
    }
    return this.#after(setImmediate(), taken);
  }

  async #after(turn: Promise<void>, taken: void | Promise<void>): Promise<void> {
    await Promise.all([taken, turn]);
  }

  #tellEnd(): void {
    if (this.#endTold) return;
    this.#endTold = true;
    if (this.#decoder.partial) throw new StatusError(Code.INTERNAL, "the request ended in the middle of a message");
    this.#await(this.#sink.finish());
  }

  async #inflate(packed: EncodedMessage): Promise<void> {
    const { decompress, maxBytes } = this.#options;
    // It may have to wait, while the bytes are only there for now.
    const bytes = new Uint8Array(packed.bytes);
    const message = await decompressing.run(() => (this.#stopped ? undefined : decompress(bytes, maxBytes)));
    if (message !== undefined && !this.#stopped) await this.#sink.message(message);
  }

  #await(pending: void | Promise<void>): void {
    if (pending === undefined) return;
    this.#busy = true;
    if (!this.#stopped) this.#stream.pause();
    pending.then(
      () => this.#resume(),
      (error) => this.#sink.fail(error),
    );
  }
}
