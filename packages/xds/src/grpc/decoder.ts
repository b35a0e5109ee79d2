import { PREFIX_BYTES } from "./frame.ts";
import type { CallHandler } from "./handler.ts";
import { LimitError } from "./limit.ts";
import { giveBack, lend } from "./spare-bodies.ts";
import { Code, StatusError } from "./status.ts";

/** One length-prefixed message as it came. */
export interface EncodedMessage {
  readonly compressed: boolean;
  /** Nobody else's, unless the decoder lends them: then they are there until they are given back, or until its next chunk. */
  readonly bytes: Uint8Array;
  /** What `bytes` were put together in, if it may be used again once they are done with: see `giveBack`. */
  readonly lent?: Buffer;
}

const FIRST_BODY_BYTES = 64 * 1024;
/** What is smaller is copied into the pool that Node has for such. */
const SMALL_BYTES = 4096;
const NOTHING = new Uint8Array(0);

/**
 * Cuts the bytes of a request into messages: give it chunks as they come, then take messages until there are none, and
 * have it keep what is left, since a chunk is only there until the next. A message is copied once or, beyond 64 KB, into
 * a buffer that grows with what has really arrived, so that an announced length alone costs nothing. One within one chunk
 * is not copied at all for those who look at it only while they are called.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#length-prefixed-message
 */
export class MessageDecoder {
  /** How long messages are looked at that are lent. */
  lends: CallHandler["borrows"];
  readonly #maxBytes: number;
  #headBytes = 0;
  #flag = 0;
  #length = 0;
  #chunk: Uint8Array = NOTHING;
  #offset = 0;
  #body: Buffer | undefined;
  #bodyBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True in the middle of a message: the end of the stream here means that it was cut off. */
  get partial(): boolean {
    return this.#headBytes > 0 || this.#offset < this.#chunk.length;
  }

  /** Takes a chunk, of which nothing is looked at after `keep`. */
  push(chunk: Uint8Array): void {
    const isEmpty = this.#offset === this.#chunk.length;
    this.#chunk = isEmpty ? chunk : Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    this.#offset = 0;
  }

  /** Copies what is left of the last chunk. */
  keep(): void {
    if (this.#offset === this.#chunk.length) this.#release();
    else this.push(new Uint8Array(this.#take(this.#chunk.length)));
  }

  /** The next complete message, or undefined until more chunks have come. Throws RESOURCE_EXHAUSTED when it is too big. */
  next(): EncodedMessage | undefined {
    if (!this.#readHead()) return undefined;
    const message = this.#readBody(this.#length, this.#flag === 1);
    if (message === undefined) return undefined;
    this.#headBytes = 0;
    this.#length = 0;
    if (this.#offset === this.#chunk.length) this.#release();
    return message;
  }

  #readHead(): boolean {
    if (this.#headBytes === PREFIX_BYTES) return true;
    for (; this.#headBytes < PREFIX_BYTES; this.#headBytes++) {
      if (this.#offset === this.#chunk.length) return false;
      const byte = this.#chunk[this.#offset++] as number; // within bounds
      if (this.#headBytes === 0) this.#flag = byte;
      else this.#length = this.#length * 256 + byte;
    }
    if (this.#flag > 1)
      throw new StatusError(Code.INTERNAL, `a message has the compressed flag ${this.#flag}, not 0 or 1`);
    if (this.#length > this.#maxBytes) throw tooBig(this.#length, this.#maxBytes);
    return true;
  }

  #readBody(length: number, compressed: boolean): EncodedMessage | undefined {
    if (this.#body === undefined && this.#chunk.length - this.#offset >= length) {
      if (this.lends === "while-called") return { compressed, bytes: this.#take(length) };
      if (this.lends === undefined || length < SMALL_BYTES)
        return { compressed, bytes: Buffer.from(this.#take(length)) };
    }

    const part = this.#take(length - this.#bodyBytes);
    const body = this.#bodyWithRoomFor(part.length, length);
    body.set(part, this.#bodyBytes);
    this.#bodyBytes += part.length;
    if (this.#bodyBytes < length) return undefined;
    this.#body = undefined;
    this.#bodyBytes = 0;
    const bytes = body.subarray(0, length);
    return this.lends === undefined ? { compressed, bytes } : { compressed, bytes, lent: body };
  }

  #bodyWithRoomFor(bytes: number, length: number): Buffer {
    const needed = this.#bodyBytes + bytes;
    if (this.#body !== undefined && this.#body.length >= needed) return this.#body;
    const lent = this.lends === undefined ? undefined : lend(Math.max(needed, Math.min(length, FIRST_BODY_BYTES)));
    const grown = lent ?? Buffer.allocUnsafeSlow(Math.min(length, Math.max(needed * 2, FIRST_BODY_BYTES)));
    if (this.#body !== undefined) {
      grown.set(this.#body.subarray(0, this.#bodyBytes));
      if (this.lends !== undefined) giveBack(this.#body);
    }
    this.#body = grown;
    return grown;
  }

  /** An idle stream must not hold on to what it has read. */
  #release(): void {
    this.#chunk = NOTHING;
    this.#offset = 0;
  }

  #take(maxBytes: number): Uint8Array {
    const part = this.#chunk.subarray(this.#offset, this.#offset + maxBytes);
    this.#offset += part.length;
    return part;
  }
}

function tooBig(length: number, maxBytes: number): LimitError {
  return new LimitError("maxReceiveBytes", `a message of ${length} bytes is above the limit of ${maxBytes}`);
}
