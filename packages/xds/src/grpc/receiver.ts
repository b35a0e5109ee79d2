import type { Readable } from "node:stream";
import type { Decompress } from "./compression.ts";
import { MessageDecoder } from "./decoder.ts";
import { Code, StatusError } from "./status.ts";

/** Who takes the messages of one call. A promise pauses reading until it settles; errors come to `fail`. */
export interface Sink {
  message(bytes: Uint8Array): void | Promise<void>;
  finish(): void | Promise<void>;
  fail(error: unknown): void;
}

export interface ReceiverOptions {
  readonly maxBytes: number;
  readonly decompress: Decompress;
}

/** Reads a request stream as messages, one at a time and no faster than the sink takes them. */
export class Receiver {
  readonly #stream: Readable;
  readonly #sink: Sink;
  readonly #options: ReceiverOptions;
  readonly #decoder: MessageDecoder;
  #busy = false;
  #ended = false;
  #endTold = false;
  #stopped = false;

  constructor(stream: Readable, sink: Sink, options: ReceiverOptions) {
    this.#stream = stream;
    this.#sink = sink;
    this.#options = options;
    this.#decoder = new MessageDecoder(options.maxBytes);
  }

  start(): void {
    this.#stream.on("data", this.#read);
    this.#stream.on("end", this.#ending);
  }

  /** No more messages; what still comes is thrown away, so that the stream can end. */
  stop(): void {
    this.#stopped = true;
    this.#stream.off("data", this.#read);
    this.#stream.resume();
  }

  readonly #read = (chunk: Buffer): void => {
    this.#decoder.push(chunk);
    this.#deliver();
  };

  readonly #ending = (): void => {
    this.#ended = true;
    this.#deliver();
  };

  readonly #resume = (): void => {
    this.#busy = false;
    this.#deliver();
    if (!this.#busy) this.#stream.resume();
  };

  readonly #fail = (error: unknown): void => {
    this.#sink.fail(error);
  };

  #deliver(): void {
    try {
      while (!this.#busy && !this.#stopped) {
        const message = this.#decoder.next();
        if (message === undefined) break;
        this.#await(message.compressed ? this.#inflate(message.bytes) : this.#sink.message(message.bytes));
      }
      if (this.#ended && !this.#busy && !this.#stopped) this.#tellEnd();
    } catch (error) {
      this.#fail(error);
    }
  }

  #tellEnd(): void {
    if (this.#endTold) return;
    this.#endTold = true;
    if (this.#decoder.partial) throw new StatusError(Code.INTERNAL, "the request ended in the middle of a message");
    this.#await(this.#sink.finish());
  }

  async #inflate(bytes: Uint8Array): Promise<void> {
    const { decompress, maxBytes } = this.#options;
    const message = await decompress(bytes, maxBytes);
    if (!this.#stopped) await this.#sink.message(message);
  }

  #await(pending: void | Promise<void>): void {
    if (pending === undefined) return;
    this.#busy = true;
    if (!this.#stopped) this.#stream.pause();
    pending.then(this.#resume, this.#fail);
  }
}
