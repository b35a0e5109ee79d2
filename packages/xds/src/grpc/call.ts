import { ErrorCode, type Headers, type Stream, type StreamHandler } from "../http2/index.ts";
import { toDecompress } from "./compression.ts";
import type { Connection } from "./connection.ts";
import { type Frame, messageHead } from "./frame.ts";
import type { CallHandler, GrpcCall, OpenHandler } from "./handler.ts";
import { LimitError } from "./limit.ts";
import type { Settings } from "./options.ts";
import type { Peer } from "./peer.ts";
import type { PeerCounts } from "./peer-counts.ts";
import { Receiver, type Sink } from "./receiver.ts";
import { respondWithHeaders, respondWithStatus } from "./respond.ts";
import type { Stats } from "./stats.ts";
import { Code, type Status, StatusError } from "./status.ts";
import { MAX_TIMER_MS, parseTimeoutMs } from "./timeout.ts";

export interface CallOptions {
  readonly open: OpenHandler;
  readonly settings: Settings;
  /** The limit of the method. */
  readonly maxReceiveBytes: number;
  readonly stats: Stats;
  /** What all peers have open; the call is counted while it is. */
  readonly peers: PeerCounts;
}

const SHUTTING_DOWN: Status = { code: Code.UNAVAILABLE, message: "the server is closing the connection" };

/** One call on its HTTP/2 stream, from accepted to closed. */
export class Call implements GrpcCall, Sink, StreamHandler {
  readonly method: string;
  readonly metadata: Headers;
  readonly peer: Peer;
  readonly deadlineMs: number | undefined;
  readonly #stream: Stream;
  readonly #options: CallOptions;
  readonly #receiver: Receiver;
  #handler: CallHandler | undefined;
  #status: Status | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #firstMessage: NodeJS.Timeout | undefined;
  #closed = false;

  /** Throws a `StatusError` when the headers ask for something the layer cannot do. */
  constructor(stream: Stream, metadata: Headers, connection: Connection, options: CallOptions) {
    this.method = metadata[":path"] ?? "";
    this.metadata = metadata;
    this.peer = connection.peer;
    this.deadlineMs = parseTimeoutMs(metadata["grpc-timeout"]);
    this.#stream = stream;
    this.#options = options;
    this.#receiver = new Receiver(stream, this, {
      maxBytes: options.maxReceiveBytes,
      maxMessagesPerSecond: options.settings.maxMessagesPerSecond,
      decompress: toDecompress(metadata["grpc-encoding"]),
    });
  }

  get borrows(): CallHandler["borrows"] {
    return this.#handler?.borrows;
  }

  get writable(): boolean {
    return this.#status === undefined && !this.#closed && this.#stream.writable;
  }

  /** Asks for a handler and serves the call with it until it is over. */
  serve(): void {
    this.#stream.serve(this);
    this.#options.stats.calls++;
    if (this.deadlineMs !== undefined && this.deadlineMs <= MAX_TIMER_MS) {
      this.#deadline = setTimeout(expire, this.deadlineMs, this);
    }
    try {
      const handler = this.#options.open(this);
      if (handler instanceof Promise)
        handler.then(
          (attached) => this.#attach(attached),
          (error) => this.fail(error),
        );
      else this.#attach(handler);
    } catch (error) {
      this.fail(error);
    }
  }

  write(frame: Frame, prefix?: Uint8Array): void {
    if (!this.#open) return;
    if (this.#stream.waitingBytes > this.#options.settings.maxSendBytes) {
      this.fail(new LimitError("maxSendBytes", "the client does not read what it is sent"));
      this.#reset();
      return;
    }
    respondWithHeaders(this.#stream);
    const head = messageHead(frame, prefix);
    const bytes = head.length + frame.length;
    this.#stream.write(bytes, head, frame.chunks);
    this.#options.stats.messagesOut++;
    this.#options.stats.bytesOut += bytes;
  }

  end(status: Status = { code: Code.OK }): void {
    if (!this.#open) return;
    this.#status = status;
    this.#receiver.stop();
    respondWithStatus(this.#stream, status);
  }

  /** Ends the call as {@link end} does, but does not wait for a client that has stopped reading. */
  abort(status: Status): void {
    const stuck = !this.#stream.writable;
    this.end(status);
    if (stuck) this.#reset();
  }

  /** The time of the call is up, also if it has ended but the client does not take what was written. */
  expire(): void {
    if (this.#status !== undefined) this.#reset();
    else this.abort({ code: Code.DEADLINE_EXCEEDED, message: "the deadline has passed" });
  }

  /** No message has come in time. */
  expectMessage(): void {
    const { firstMessageTimeoutMs } = this.#options.settings;
    const message = `no message has come in ${firstMessageTimeoutMs} ms`;
    this.fail(new LimitError("firstMessageTimeoutMs", message, Code.DEADLINE_EXCEEDED));
  }

  message(bytes: Uint8Array): void | Promise<void> {
    this.#expectNothing();
    this.#options.stats.messagesIn++;
    this.#options.stats.bytesIn += bytes.length;
    return this.#handler?.message(bytes);
  }

  finish(): void | Promise<void> {
    this.#expectNothing();
    return this.#handler?.end?.();
  }

  delayed(): void {
    this.#options.stats.limitMet("maxMessagesPerSecond");
  }

  fail(error: unknown): void {
    if (error instanceof LimitError) this.#options.stats.limitMet(error.limit);
    if (!(error instanceof StatusError)) this.#options.settings.onError(error, this);
    this.end(error instanceof StatusError ? error : { code: Code.INTERNAL, message: "internal error" });
  }

  get #open(): boolean {
    return this.#status === undefined && !this.#stream.closed;
  }

  #reset(): void {
    this.#stream.reset(ErrorCode.CANCEL);
  }

  #attach(handler: CallHandler): void {
    this.#handler = handler;
    if (this.#closed) this.#tellClosed();
    if (!this.#open) return;
    if (handler.headers !== "with-first-message") respondWithHeaders(this.#stream);
    this.#receiver.start();
    const { firstMessageTimeoutMs } = this.#options.settings;
    if (firstMessageTimeoutMs <= MAX_TIMER_MS) {
      this.#firstMessage = setTimeout(expectMessage, firstMessageTimeoutMs, this).unref();
    }
  }

  cutShort(): void {
    this.abort(SHUTTING_DOWN);
  }

  received(chunk: Buffer): void {
    this.#receiver.read(chunk);
  }

  receivedAll(): void {
    this.#receiver.end();
  }

  drained(): void {
    try {
      this.#handler?.drain?.();
    } catch (error) {
      this.fail(error);
    }
  }

  closed(): void {
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.#expectNothing();
    this.#receiver.stop();
    this.#options.peers.remove(this.peer.address);
    this.#options.stats.callEnded(this.method, this.#status?.code ?? Code.CANCELLED);
    this.#tellClosed();
  }

  #tellClosed(): void {
    try {
      this.#handler?.close?.();
    } catch (error) {
      this.#options.settings.onError(error, this);
    }
  }

  #expectNothing(): void {
    if (this.#firstMessage === undefined) return;
    clearTimeout(this.#firstMessage);
    this.#firstMessage = undefined;
  }
}

/** One function for all timers, and one for the others. */
function expire(call: Call): void {
  call.expire();
}

function expectMessage(call: Call): void {
  call.expectMessage();
}
