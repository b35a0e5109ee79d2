import { ChunkQueue } from "./chunk-queue.ts";
import { ErrorCode, Flag } from "./codes.ts";
import { keep, letGo } from "./kept-chunks.ts";
import type { ReceiveWindow } from "./receive-window.ts";
import type { Sender } from "./sender.ts";
import { currentTurn } from "./turn.ts";

/** Who is served on a stream. */
export interface StreamHandler {
  /** Bytes of the request, a view that is gone when the call returns. */
  received(chunk: Buffer): void;
  /** The client has sent all. */
  receivedAll(): void;
  /** The stream is writable again after a write that left it not writable. */
  drained(): void;
  /** The stream has to end now, with whatever is to be said last: the connection is about to close. */
  cutShort?(): void;
  /** The stream is over, for whatever reason; called once. */
  closed(): void;
}

/** What a stream needs of its connection. */
export interface Carrier {
  readonly sender: Sender;
  /** Sends a header block. */
  sendHeaders(stream: Stream, block: Uint8Array, flags: number): void;
  /** Opens the windows by what was done with `bytes` that came on `stream`. */
  release(stream: Stream, bytes: number): void;
  /** Sends RST_STREAM and forgets the stream. */
  reset(stream: Stream, code: ErrorCode): void;
  /** Both sides have sent all. */
  finished(stream: Stream): void;
}

/** One request and its response, from accepted to closed. */
export class Stream {
  readonly id: number;
  /** How much the client takes. */
  sendWindow: number;
  readonly receiveWindow: ReceiveWindow;
  /** Bytes of request body that are still to come, where the client said how many. */
  bodyBytesLeft: number | undefined;
  /** What of the connection's memory it counts for. */
  readonly memoryBytes: number;
  /** When it was opened, as `currentTurn` says it. */
  readonly openedTurn: number = currentTurn();
  /** Whether it is among those that the sender serves, and among those that are told when they are writable. */
  ready = false;
  blocked = false;
  closed = false;
  /** The client has sent all. */
  remoteEnded: boolean;
  /** The last frame of the response was written. */
  localEnded = false;
  headersSent = false;
  readonly #carrier: Carrier;
  #handler: StreamHandler | undefined;
  #waiting: ChunkQueue | undefined;
  #trailers: Uint8Array | undefined;
  #received: Buffer[] | undefined;
  #paused = false;
  #endTold = false;

  constructor(carrier: Carrier, id: number, options: StreamOptions) {
    this.#carrier = carrier;
    this.id = id;
    this.sendWindow = options.sendWindow;
    this.receiveWindow = options.receiveWindow;
    this.bodyBytesLeft = options.bodyBytes;
    this.memoryBytes = options.memoryBytes;
    this.remoteEnded = options.remoteEnded;
  }

  /** Says who is told what happens, once the stream is resumed. Without a handler, what comes is thrown away. */
  serve(handler: StreamHandler): void {
    this.#handler = handler;
    this.#paused = true;
  }

  /** False from a write that left more than a frame on its way to the client, until the handler is told of a drain. */
  get writable(): boolean {
    return !this.blocked;
  }

  /** Bytes that the socket was not given yet. */
  get waitingBytes(): number {
    return this.#waiting?.bytes ?? 0;
  }

  /** Starts the response with a header block of `encodeHeaders`. */
  respond(block: Uint8Array): void {
    if (this.closed || this.headersSent) return;
    this.headersSent = true;
    this.#carrier.sendHeaders(this, block, 0);
  }

  /**
   * Sends `head`, a few bytes, and `chunks`, references that must stay as they are, with `bytes` bytes in all; they wait
   * where the client is slow. What many streams send costs least if `chunks` is the same list for all.
   */
  write(bytes: number, head: Uint8Array, chunks: readonly Uint8Array[]): void {
    if (!this.closed && this.#trailers === undefined) this.#carrier.sender.send(this, bytes, head, chunks);
  }

  /** Ends the response, once everything written is on its way, with a header block: trailers, or all there is to say. */
  end(block: Uint8Array): void {
    if (this.closed || this.#trailers !== undefined) return;
    this.headersSent = true;
    this.#trailers = block;
    if (this.waitingBytes === 0) this.emptied();
  }

  reset(code: ErrorCode): void {
    if (!this.closed) this.#carrier.reset(this, code);
  }

  /** Holds back what comes, up to a window of it. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused) {
      const chunk = this.#received?.shift();
      if (chunk === undefined) break;
      this.#deliver(chunk);
      letGo(chunk);
    }
    if (!this.#paused) this.#received = undefined;
    this.#tellEnd();
  }

  // What follows is for the connection and its sender.

  /** Counts a DATA frame of `length` bytes, `dataBytes` of them data; returns what is wrong with it. */
  expect(length: number, dataBytes: number, last: boolean): ErrorCode | undefined {
    if (this.remoteEnded) return ErrorCode.STREAM_CLOSED;
    if (!this.receiveWindow.take(length)) return ErrorCode.FLOW_CONTROL_ERROR;
    if (this.bodyBytesLeft === undefined) return undefined;
    this.bodyBytesLeft -= dataBytes;
    const fits = last ? this.bodyBytesLeft === 0 : this.bodyBytesLeft >= 0;
    return fits ? undefined : ErrorCode.PROTOCOL_ERROR;
  }

  receive(chunk: Buffer): void {
    if (!this.#paused) {
      this.#deliver(chunk);
      return;
    }
    this.#received ??= [];
    this.#received.push(keep(chunk));
  }

  receiveEnd(): void {
    this.remoteEnded = true;
    this.#tellEnd();
    if (this.localEnded) this.#carrier.finished(this);
  }

  /** What is to be sent, made when it is first needed. */
  get waiting(): ChunkQueue {
    this.#waiting ??= new ChunkQueue();
    return this.#waiting;
  }

  /** Nothing waits any more. */
  emptied(): void {
    this.#waiting = undefined;
    if (this.#trailers === undefined || this.localEnded) return;
    this.localEnded = true;
    this.#carrier.sendHeaders(this, this.#trailers, Flag.END_STREAM);
    if (this.remoteEnded) this.#carrier.finished(this);
    else setImmediate(closeUnheard, this);
  }

  drained(): void {
    this.blocked = false;
    if (this.#trailers === undefined) this.#handler?.drained();
  }

  /** Lets go of everything; returns how many bytes came that nobody has looked at. */
  close(): number {
    this.closed = true;
    this.#waiting = undefined;
    const unread = this.#received?.reduce((bytes, { length }) => bytes + length, 0) ?? 0;
    this.#received?.forEach(letGo);
    this.#received = undefined;
    return unread;
  }

  cutShort(): void {
    this.#handler?.cutShort?.();
  }

  tellClosed(): void {
    this.#handler?.closed();
  }

  #deliver(chunk: Buffer): void {
    this.#handler?.received(chunk);
    this.#carrier.release(this, chunk.length);
  }

  #tellEnd(): void {
    if (!this.remoteEnded || this.#paused || this.#endTold || this.closed) return;
    this.#endTold = true;
    this.#handler?.receivedAll();
  }
}

export interface StreamOptions {
  readonly sendWindow: number;
  readonly receiveWindow: ReceiveWindow;
  readonly bodyBytes: number | undefined;
  readonly memoryBytes: number;
  readonly remoteEnded: boolean;
}

/**
 * The response is complete and nobody listens any more: a client that is still sending learns it by a reset without error,
 * https://www.rfc-editor.org/rfc/rfc9113#section-8.1-14
 */
function closeUnheard(stream: Stream): void {
  stream.reset(ErrorCode.NO_ERROR);
}
