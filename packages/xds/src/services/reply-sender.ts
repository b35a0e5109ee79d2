import { type GrpcCall, toFrame } from "../grpc/index.ts";
import type { Reply, ReplyBody } from "./exchange.ts";
import { toBytes } from "./processing-response.ts";

/** Sends what is decided, no faster than it is taken. */
export class ReplySender {
  readonly #call: GrpcCall;
  #waiting: PromiseWithResolvers<void> | undefined;
  #closed = false;

  constructor(call: GrpcCall) {
    this.#call = call;
  }

  /** Returns a promise if it takes its time. */
  send({ messages, body, after, over }: Reply): Promise<void> | undefined {
    for (const message of messages) this.#call.write(toFrame(message));
    const finish = () => {
      if (after !== undefined) this.#call.write(toFrame(after));
      if (over) this.#call.end();
    };
    if (body !== undefined) return this.#sendBody(body).then(finish);
    finish();
    return undefined;
  }

  /** The call is over. */
  close(): void {
    this.#closed = true;
    this.drain();
  }

  /** The call is writable again. */
  drain(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  async #sendBody({ chunks, endOfStream, encode }: ReplyBody): Promise<void> {
    const write = async (bytes: Uint8Array, isLast: boolean) => {
      this.#call.write(toFrame(encode(bytes, isLast)));
      if (this.#call.writable || this.#closed) return;
      this.#waiting = Promise.withResolvers();
      await this.#waiting.promise;
    };
    // The last one is marked as such, so one is kept back until there is another.
    let kept: Uint8Array | undefined;
    for await (const chunk of chunks) {
      if (this.#closed) return;
      for (const piece of toPieces(toBytes(chunk))) {
        if (!endOfStream) await write(piece, false);
        else if (kept !== undefined) await write(kept, false);
        kept = piece;
      }
    }
    if (endOfStream) await write(kept ?? nothing, true);
  }
}

const nothing = new Uint8Array();

/** As much as a piece should have at most. */
const maxPieceBytes = 64 * 1024;

function* toPieces(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let start = 0; start < bytes.length; start += maxPieceBytes) yield bytes.subarray(start, start + maxPieceBytes);
}
