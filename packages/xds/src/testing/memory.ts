import assert from "node:assert/strict";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { ClientStream, type ClientStreamOptions } from "../stream/client-stream.ts";
import { ProtocolError } from "../stream/conversation.ts";
import { readRequest, type Variant } from "../stream/request.ts";
import type { Counterpart, Ended } from "./counterpart.ts";
import { encodeNode } from "./request.ts";

/** Our own server without network and time: it answers when it is listened to, and "nothing" is certain. */
export class MemoryCounterpart implements Counterpart {
  readonly variant: Variant;
  readonly node = encodeNode({ id: "memory" });
  ended: Ended | undefined;
  readonly #options: ClientStreamOptions;
  #stream: ClientStream;
  #snapshot: Snapshot | undefined;

  constructor(options: ClientStreamOptions) {
    this.variant = options.variant;
    this.#options = options;
    this.#stream = new ClientStream(options);
  }

  publish(snapshot: Snapshot | undefined): void {
    this.#snapshot = snapshot;
    this.#stream.observe(snapshot);
  }

  open(): void {
    this.ended = undefined;
    this.#stream = new ClientStream(this.#options);
    this.#stream.observe(this.#snapshot);
  }

  send(request: Uint8Array): void {
    try {
      this.#stream.receive(readRequest(this.variant, request, this.#stream));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.ended = { code: "INVALID_ARGUMENT", message: error.message };
    }
  }

  async hear(): Promise<Uint8Array | Ended | undefined> {
    const response = this.ended === undefined ? this.#stream.next() : undefined;
    if (response === undefined) return this.ended;
    const { prefix, frame } = response;
    const bytes = Buffer.concat([prefix, ...frame.chunks]);
    assert.equal(bytes.length, prefix.length + frame.length, "the frame's length is that of its chunks");
    return bytes;
  }

  passTime(): void {
    assert.ok(this.#stream.isWaiting, "nothing is held back");
    this.#stream.release();
  }

  beat(): void {
    this.#stream.beat();
  }
}
