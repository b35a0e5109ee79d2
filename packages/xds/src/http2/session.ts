import type { Duplex } from "node:stream";
import { ConnectionError, DEFAULT_WINDOW_BYTES, ErrorCode, MAX_STREAM_ID, Setting } from "./codes.ts";
import type { Flood } from "./floods.ts";
import * as frames from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import type { Headers } from "./headers.ts";
import { type Host, Inbound, type InboundOptions } from "./inbound.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { Sender, type SenderOptions } from "./sender.ts";
import type { Stream } from "./stream.ts";
import { Streams } from "./streams.ts";
import { Writer } from "./writer.ts";

export interface SessionOptions extends SenderOptions, InboundOptions {
  /** Bytes a client may send ahead on all streams together. */
  readonly connectionWindowBytes: number;
}

export interface SessionEvents {
  /** A request is there. */
  onStream(stream: Stream, headers: Headers): void;
  /** The client went beyond a limit; it is told, and the connection ends. */
  onFlood(limit: Flood): void;
  /** The connection is over, and all its streams are. */
  onClose(): void;
}

/** How long a client may take to hear the last that is said to it. */
const LINGER_MS = 1_000;

/** A client that has so much to read, beside what may be on its way at a time, is not read itself until it has less. */
const MAX_UNREAD_BYTES = 1 << 20;

const NO_BYTES = Buffer.alloc(0);

/** Tells that our encoder has no table, for a client that wants it smaller than it may be at first. */
const NO_TABLE = Buffer.of(0x20);

/**
 * The server's end of one HTTP/2 connection.
 *
 * https://www.rfc-editor.org/rfc/rfc9113
 */
export class Session implements Host {
  readonly sender: Sender;
  readonly streams = new Streams();
  readonly window: ReceiveWindow;
  readonly #socket: Duplex;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #writer: Writer;
  readonly #inbound: Inbound;
  readonly #reader: FrameReader;
  readonly #pings: (() => void)[] = [];
  #bytesRead = 0;
  #tableShrunk = false;
  #paused = false;
  #held = false;
  #phase: "open" | "draining" | "refusing" | "closed" = "open";

  constructor(socket: Duplex, options: SessionOptions, events: SessionEvents) {
    this.#socket = socket;
    this.#options = options;
    this.#events = events;
    this.#writer = new Writer(socket, () => {
      this.sender.flushed();
      this.#holdBack();
    });
    this.sender = new Sender(this.#writer, options);
    this.#inbound = new Inbound(this, options);
    this.#reader = new FrameReader(this.#inbound);
    this.window = new ReceiveWindow(Math.max(options.connectionWindowBytes, DEFAULT_WINDOW_BYTES));
    // With the answer to the client's own, which comes at once: a write for each would be a system call more.
    this.#writer.hold(greetingOf(options));
    socket.on("data", this.#read);
    socket.on("close", this.#close);
    socket.on("error", ignore);
  }

  get closed(): boolean {
    return this.#phase === "closed";
  }

  /** Bytes of all that has come. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** True once the client has read our settings: it speaks HTTP/2. */
  get established(): boolean {
    return this.#inbound.established;
  }

  /** Asks the client for an answer, and tells of it. */
  ping(onAnswer: () => void): void {
    if (this.closed) return;
    this.#pings.push(onAnswer);
    this.#writer.push(frames.ping(Buffer.alloc(8), 0));
  }

  /**
   * Sends the client away; what it has asked for is still served, also what it asks while it has not heard of it. The
   * connection ends with the last stream.
   *
   * https://www.rfc-editor.org/rfc/rfc9113#section-6.8-13
   */
  drain(): void {
    if (this.#phase !== "open") return;
    this.#phase = "draining";
    this.#writer.push(frames.goaway(MAX_STREAM_ID, ErrorCode.NO_ERROR, ""));
    setTimeout(this.#refuse, LINGER_MS).unref();
    this.ping(this.#refuse);
  }

  /** Has those who serve streams end them. */
  cutShort(): void {
    for (const stream of this.streams.values()) stream.cutShort();
  }

  /** Leaves what the client sends in the socket, and what was read already as it is from the next request on. */
  pause(): void {
    this.#paused = true;
    this.#flow();
  }

  /** Works off what was read already, then reads on, unless it is paused again meanwhile. */
  resume(): void {
    this.#paused = false;
    if (this.#reader.stopped) this.#readFrames(NO_BYTES);
    this.#flow();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Whether something is left of what was read before it was paused. */
  get hasUnread(): boolean {
    return this.#reader.stopped;
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#socket.destroy();
    this.#close();
  }

  // For the streams.

  sendHeaders(stream: Stream, block: Uint8Array, flags: number): void {
    const bytes = this.#tableShrunk ? Buffer.concat([NO_TABLE, block]) : block;
    this.#tableShrunk = false;
    this.#writer.push(frames.headers(bytes, stream.id, flags, this.sender.maxFrameBytes));
  }

  release(stream: Stream, bytes: number): void {
    this.releaseConnection(bytes);
    if (stream.remoteEnded || stream.closed) return;
    const increment = stream.receiveWindow.release(bytes);
    if (increment > 0) this.#writer.push(frames.windowUpdate(stream.id, increment));
  }

  reset(stream: Stream, code: ErrorCode): void {
    this.refuse(stream.id, code);
    this.finished(stream);
  }

  finished(stream: Stream): void {
    if (stream.closed) return;
    this.#forget(stream);
    process.nextTick(tellClosed, stream);
    this.#endIfIdle();
  }

  // For what the client says.

  get refusing(): boolean {
    return this.#phase === "refusing";
  }

  send(frame: Uint8Array): void {
    this.#writer.push(frame);
  }

  refuse(streamId: number, code: ErrorCode): void {
    this.#writer.push(frames.reset(streamId, code));
    this.streams.noteReset(streamId, Math.max(this.#options.streamWindowBytes, DEFAULT_WINDOW_BYTES));
  }

  releaseConnection(bytes: number): void {
    const increment = this.window.release(bytes);
    if (increment > 0 && !this.closed) this.#writer.push(frames.windowUpdate(0, increment));
  }

  answered(): boolean {
    const onAnswer = this.#pings.shift();
    onAnswer?.();
    return onAnswer !== undefined;
  }

  shrinkTable(): void {
    this.#tableShrunk = true;
  }

  onStream(stream: Stream, headers: Headers): void {
    this.#events.onStream(stream, headers);
  }

  onFlood(limit: Flood): void {
    this.#events.onFlood(limit);
  }

  readonly #read = (chunk: Buffer): void => {
    this.#bytesRead += chunk.length;
    this.#readFrames(chunk);
  };

  #readFrames(chunk: Buffer): void {
    if (this.closed) return;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#writer.push(frames.goaway(this.streams.lastId, error.code, error.message));
      this.#end();
    }
    this.#holdBack();
  }

  /** Calls that cost little to ask must not pile up answers that their client does not take. */
  #holdBack(): void {
    if (this.closed) return;
    const held = this.#writer.queuedBytes > this.#options.maxWriteBytes + MAX_UNREAD_BYTES;
    if (held) this.#writer.want();
    if (held === this.#held) return;
    this.#held = held;
    this.#flow();
  }

  #flow(): void {
    if (this.#paused || this.#held) this.#socket.pause();
    else this.#socket.resume();
  }

  readonly #close = (): void => {
    if (this.closed) return;
    this.#phase = "closed";
    this.sender.close();
    for (const stream of this.streams.values()) {
      this.#forget(stream);
      stream.tellClosed();
    }
    this.#events.onClose();
  };

  readonly #refuse = (): void => {
    if (this.#phase !== "draining") return;
    this.#phase = "refusing";
    this.#writer.push(frames.goaway(this.streams.lastId, ErrorCode.NO_ERROR, ""));
    this.#endIfIdle();
  };

  #endIfIdle(): void {
    if (this.#phase === "refusing" && this.streams.size === 0) this.#end();
  }

  /** Closes the socket once all is said; what still comes is thrown away. */
  #end(): void {
    if (this.closed) return;
    this.#writer.flush();
    this.#socket.end();
    this.#socket.resume();
    setTimeout(cutIdle, LINGER_MS, this.#socket, this.#socket.writableLength).unref();
    this.#close();
  }

  #forget(stream: Stream): void {
    this.streams.delete(stream);
    this.releaseConnection(stream.close());
  }
}

const greetings = new WeakMap<SessionOptions, Buffer>();

/** Our settings, and how much more than by default may be sent ahead: the same bytes for all connections of a server. */
function greetingOf(options: SessionOptions): Buffer {
  const known = greetings.get(options);
  if (known !== undefined) return known;
  const { streamWindowBytes, connectionWindowBytes, maxConcurrentStreams, maxHeaderListBytes } = options;
  const settings = frames.settings([
    [Setting.MAX_CONCURRENT_STREAMS, maxConcurrentStreams],
    [Setting.INITIAL_WINDOW_SIZE, streamWindowBytes],
    [Setting.MAX_HEADER_LIST_SIZE, maxHeaderListBytes],
  ]);
  const more = connectionWindowBytes - DEFAULT_WINDOW_BYTES;
  const greeting = more > 0 ? Buffer.concat([settings, frames.windowUpdate(0, more)]) : settings;
  greetings.set(options, greeting);
  return greeting;
}

/** What went wrong is told by the closing that follows. */
function ignore(): void {}

function tellClosed(stream: Stream): void {
  stream.tellClosed();
}

/** Cuts a connection that has ended, unless the client is still reading what it was sent. */
function cutIdle(socket: Duplex, unreadBytes: number): void {
  if (socket.writableLength < unreadBytes) setTimeout(cutIdle, LINGER_MS, socket, socket.writableLength).unref();
  else socket.destroy();
}
