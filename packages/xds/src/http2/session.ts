import type { Duplex } from "node:stream";
import * as codes from "./codes.ts";
import { ConnectionError, ErrorCode, expect, Flag, FrameType, Setting } from "./codes.ts";
import { type Flood, Floods } from "./floods.ts";
import * as frames from "./frame.ts";
import { FrameReader, type FrameSink } from "./frame-reader.ts";
import { checkFrame } from "./frame-rules.ts";
import { dependsOn, HeaderBlock } from "./header-block.ts";
import { areTrailers, type Headers, toRequest } from "./headers.ts";
import { HeaderDecoder, TABLE_BYTES } from "./hpack/decoder.ts";
import { type Field, sizeOf } from "./hpack/table.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { Sender, type SenderOptions } from "./sender.ts";
import { parseSettings } from "./settings.ts";
import { type Carrier, Stream } from "./stream.ts";
import { currentTurn } from "./turn.ts";
import { Writer } from "./writer.ts";

export interface SessionOptions extends SenderOptions, Readonly<Record<Flood, number>> {
  readonly maxConcurrentStreams: number;
  /** Bytes a client may send ahead on one stream, and on all together. */
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  /** Bytes of the headers of a request, with 32 for each added. */
  readonly maxHeaderListBytes: number;
  /** Bytes that the headers of all open streams may take. */
  readonly maxSessionMemoryBytes: number;
}

export interface SessionEvents {
  /** A request is there. */
  onStream(stream: Stream, headers: Headers): void;
  /** The client went beyond a limit; it is told, and the connection ends. */
  onFlood(limit: Flood): void;
  /** The connection is over, and all its streams are. */
  onClose(): void;
}

/** What a stream takes beside its headers. */
const STREAM_BYTES = 2048;

/** How long a client may take to hear the last that is said to it. */
const LINGER_MS = 1_000;

/** A client that has so much to read, beside what may be on its way at a time, is not read itself until it has less. */
const MAX_UNREAD_BYTES = 1 << 20;

/** How many streams are remembered that were reset here, since the client may not have heard of it. */
const MAX_RESETS = 10_000;

const NO_BYTES = Buffer.alloc(0);

/** Tells that our encoder has no table, for a client that wants it smaller than it may be at first. */
const NO_TABLE = Buffer.of(0x20);

/**
 * The server's end of one HTTP/2 connection.
 *
 * https://www.rfc-editor.org/rfc/rfc9113
 */
export class Session implements FrameSink, Carrier {
  readonly sender: Sender;
  readonly #socket: Duplex;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #writer: Writer;
  readonly #reader = new FrameReader(this);
  readonly #decoder: HeaderDecoder;
  readonly #floods: Floods;
  readonly #window: ReceiveWindow;
  readonly #streams = new Map<number, Stream>();
  readonly #resets = new Set<number>();
  readonly #pings: (() => void)[] = [];
  #lastStreamId = 0;
  #initialWindow = codes.DEFAULT_WINDOW_BYTES;
  #memoryBytes = 0;
  #bytesRead = 0;
  /** The header block that is being received, and the stream of the DATA frame that is. */
  #block: HeaderBlock | undefined;
  #stream: Stream | undefined;
  #endsStream = false;
  #settingsReceived = false;
  #established = false;
  #tableShrunk = false;
  #paused = false;
  #held = false;
  #phase: "open" | "draining" | "refusing" | "closed" = "open";

  constructor(socket: Duplex, options: SessionOptions, events: SessionEvents) {
    const { streamWindowBytes, connectionWindowBytes, maxConcurrentStreams, maxHeaderListBytes } = options;
    this.#socket = socket;
    this.#options = options;
    this.#events = events;
    this.#writer = new Writer(socket, () => {
      this.sender.flushed();
      this.#holdBack();
    });
    this.sender = new Sender(this.#writer, options);
    this.#decoder = new HeaderDecoder(maxHeaderListBytes);
    this.#floods = new Floods(options, (limit) => events.onFlood(limit));
    this.#window = new ReceiveWindow(Math.max(connectionWindowBytes, codes.DEFAULT_WINDOW_BYTES));
    this.#writer.push(
      frames.settings([
        [Setting.MAX_CONCURRENT_STREAMS, maxConcurrentStreams],
        [Setting.INITIAL_WINDOW_SIZE, streamWindowBytes],
        [Setting.MAX_HEADER_LIST_SIZE, maxHeaderListBytes],
      ]),
    );
    const more = connectionWindowBytes - codes.DEFAULT_WINDOW_BYTES;
    if (more > 0) this.#writer.push(frames.windowUpdate(0, more));
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
    return this.#established;
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
    this.#writer.push(frames.goaway(codes.MAX_STREAM_ID, ErrorCode.NO_ERROR, ""));
    setTimeout(this.#refuse, LINGER_MS).unref();
    this.ping(this.#refuse);
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
    this.#releaseConnection(bytes);
    if (stream.remoteEnded || stream.closed) return;
    const increment = stream.receiveWindow.release(bytes);
    if (increment > 0) this.#writer.push(frames.windowUpdate(stream.id, increment));
  }

  reset(stream: Stream, code: ErrorCode): void {
    this.#sendReset(stream.id, code);
    this.finished(stream);
  }

  finished(stream: Stream): void {
    if (stream.closed) return;
    this.#forget(stream);
    process.nextTick(tellClosed, stream);
    this.#endIfIdle();
  }

  // For the reader of frames.

  data(streamId: number, flags: number, length: number, padding: number): void {
    if (this.closed) return;
    expect(this.#block === undefined && this.#settingsReceived, "DATA that may not come here");
    expect(this.#window.take(length), "the connection's window is overrun", ErrorCode.FLOW_CONTROL_ERROR);
    this.#endsStream = (flags & Flag.END_STREAM) !== 0;
    if (length === padding && !this.#endsStream) this.#floods.count("maxIdleFramesPerMinute");
    this.#stream = this.#receiverOf(streamId, length, length - padding);
    if (this.#stream === undefined) this.#releaseConnection(length);
    else if (padding > 0) this.release(this.#stream, padding);
    if (length === padding) this.#endData();
  }

  dataPart(part: Buffer, last: boolean): void {
    if (this.#stream?.closed) this.#releaseConnection(part.length);
    else this.#stream?.receive(part);
    if (last) this.#endData();
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.closed) return;
    if (this.#block !== undefined) {
      this.#block.continue(type, flags, streamId, payload);
      this.#readBlock(this.#block);
      return;
    }
    checkFrame(type, streamId, payload.length);
    expect(this.#settingsReceived || type === FrameType.SETTINGS, "SETTINGS come first");
    if (type === FrameType.HEADERS) this.#readHeaders(flags, streamId, payload);
    else if (type === FrameType.WINDOW_UPDATE) this.#readWindowUpdate(streamId, payload);
    else if (type === FrameType.RST_STREAM) this.#readReset(streamId, payload);
    else if (type === FrameType.SETTINGS) this.#readSettings(flags, payload);
    else if (type === FrameType.PING) this.#readPing(flags, payload);
    else {
      // A priority, which nobody has a use for; an extension; or a client that leaves, which closes the connection itself.
      expect(type !== FrameType.PRIORITY || dependsOn(payload, 0) !== streamId, "a stream depends on itself");
      this.#floods.count("maxIdleFramesPerMinute");
    }
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
      this.#writer.push(frames.goaway(this.#lastStreamId, error.code, error.message));
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
    for (const stream of this.#streams.values()) {
      this.#forget(stream);
      stream.tellClosed();
    }
    this.#events.onClose();
  };

  readonly #refuse = (): void => {
    if (this.#phase !== "draining") return;
    this.#phase = "refusing";
    this.#writer.push(frames.goaway(this.#lastStreamId, ErrorCode.NO_ERROR, ""));
    this.#endIfIdle();
  };

  #endIfIdle(): void {
    if (this.#phase === "refusing" && this.#streams.size === 0) this.#end();
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
    this.#streams.delete(stream.id);
    this.#memoryBytes -= stream.memoryBytes;
    this.#releaseConnection(stream.close());
  }

  #releaseConnection(bytes: number): void {
    const increment = this.#window.release(bytes);
    if (increment > 0 && !this.closed) this.#writer.push(frames.windowUpdate(0, increment));
  }

  #sendReset(streamId: number, code: ErrorCode): void {
    this.#writer.push(frames.reset(streamId, code));
    const [oldest = 0] = this.#resets.size < MAX_RESETS ? [] : this.#resets;
    this.#resets.delete(oldest);
    this.#resets.add(streamId);
  }

  #readSettings(flags: number, payload: Buffer): void {
    if ((flags & Flag.ACK) !== 0) {
      expect(payload.length === 0, "an acknowledgement is empty", ErrorCode.FRAME_SIZE_ERROR);
      expect(this.#settingsReceived, "SETTINGS come first");
      this.#established = true;
      return;
    }
    const { headerTableBytes, initialWindowBytes, maxFrameBytes } = parseSettings(payload);
    if (this.#settingsReceived) this.#floods.count("maxIdleFramesPerMinute");
    this.#settingsReceived = true;
    this.#writer.push(frames.SETTINGS_ACK);
    if (headerTableBytes !== undefined && headerTableBytes < TABLE_BYTES) this.#tableShrunk = true;
    if (maxFrameBytes !== undefined) this.sender.maxFrameBytes = maxFrameBytes;
    if (initialWindowBytes === undefined) return;
    const change = initialWindowBytes - this.#initialWindow;
    this.#initialWindow = initialWindowBytes;
    for (const stream of this.#streams.values()) {
      expect(this.sender.widen(stream, change), "a window is too large", ErrorCode.FLOW_CONTROL_ERROR);
    }
  }

  #readPing(flags: number, payload: Buffer): void {
    if ((flags & Flag.ACK) === 0) {
      this.#floods.count("maxPingsPerMinute");
      this.#writer.push(frames.ping(payload, Flag.ACK));
      return;
    }
    const onAnswer = this.#pings.shift();
    if (onAnswer === undefined) this.#floods.count("maxIdleFramesPerMinute");
    else onAnswer();
  }

  #readWindowUpdate(streamId: number, payload: Buffer): void {
    const increment = payload.readUInt32BE() & 0x7fff_ffff;
    if (streamId === 0) {
      expect(increment > 0, "a window is opened by nothing");
      expect(this.sender.widenAll(increment), "a window is too large", ErrorCode.FLOW_CONTROL_ERROR);
      return;
    }
    const stream = this.#known(streamId);
    if (stream === undefined) return;
    if (increment === 0) this.#refuseStream(stream, ErrorCode.PROTOCOL_ERROR);
    else if (!this.sender.widen(stream, increment)) this.#refuseStream(stream, ErrorCode.FLOW_CONTROL_ERROR);
  }

  #readReset(streamId: number, payload: Buffer): void {
    const stream = this.#known(streamId);
    if (stream === undefined) return;
    this.finished(stream);
    if (payload.readUInt32BE() !== ErrorCode.NO_ERROR) this.#countReset(stream);
  }

  #readHeaders(flags: number, streamId: number, payload: Buffer): void {
    expect(streamId % 2 === 1, "a client's stream has an odd number");
    this.#block = new HeaderBlock(streamId, flags, payload, 2 * this.#options.maxHeaderListBytes);
    this.#readBlock(this.#block);
  }

  #readBlock(block: HeaderBlock): void {
    const bytes = block.bytes;
    if (bytes === undefined) return;
    this.#block = undefined;
    const fields = this.#decoder.decode(bytes);
    const stream = this.#streams.get(block.streamId);
    if (block.streamId > this.#lastStreamId) this.#open(block, fields);
    else if (stream !== undefined) this.#readTrailers(stream, block, fields);
    else expect(this.#resets.has(block.streamId), "the stream is closed", ErrorCode.STREAM_CLOSED);
  }

  #open({ streamId, endsStream, dependsOnItself }: HeaderBlock, fields: readonly Field[] | undefined): void {
    this.#lastStreamId = streamId;
    const { maxConcurrentStreams, maxSessionMemoryBytes, streamWindowBytes } = this.#options;
    if (this.#phase === "refusing" || this.#streams.size >= maxConcurrentStreams) {
      this.#refuseId(streamId, ErrorCode.REFUSED_STREAM);
      return;
    }
    const memoryBytes = fields?.reduce((sum, field) => sum + sizeOf(field), STREAM_BYTES) ?? 0;
    if (fields === undefined || this.#memoryBytes + memoryBytes > maxSessionMemoryBytes) {
      this.#refuseId(streamId, ErrorCode.ENHANCE_YOUR_CALM);
      return;
    }
    const request = dependsOnItself ? undefined : toRequest(fields, endsStream);
    if (request === undefined) {
      this.#refuseId(streamId, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    // A client that does not know our settings yet may send as much as it may without.
    const window = this.#established ? streamWindowBytes : Math.max(streamWindowBytes, codes.DEFAULT_WINDOW_BYTES);
    const stream = new Stream(this, streamId, {
      sendWindow: this.#initialWindow,
      receiveWindow: new ReceiveWindow(window),
      bodyBytes: request.bodyBytes,
      memoryBytes,
      remoteEnded: endsStream,
    });
    this.#streams.set(streamId, stream);
    this.#memoryBytes += memoryBytes;
    this.#events.onStream(stream, request.headers);
  }

  #readTrailers(stream: Stream, block: HeaderBlock, fields: readonly Field[] | undefined): void {
    const { endsStream, dependsOnItself } = block;
    const fit = endsStream && !dependsOnItself && areTrailers(fields ?? []) && !stream.bodyBytesLeft;
    if (stream.remoteEnded) this.#refuseStream(stream, ErrorCode.STREAM_CLOSED);
    else if (fit) stream.receiveEnd();
    else this.#refuseStream(stream, ErrorCode.PROTOCOL_ERROR);
  }

  /** The stream that takes a DATA frame; undefined when none does. */
  #receiverOf(streamId: number, length: number, dataBytes: number): Stream | undefined {
    const stream = this.#known(streamId);
    if (stream === undefined) {
      if (!this.#resets.has(streamId)) this.#refuseId(streamId, ErrorCode.STREAM_CLOSED);
      return undefined;
    }
    const code = stream.expect(length, dataBytes, this.#endsStream);
    if (code === undefined) return stream;
    this.#refuseStream(stream, code);
    return undefined;
  }

  #endData(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (this.#endsStream && stream?.closed === false) stream.receiveEnd();
  }

  /** A stream that the client has opened; undefined when it is closed. */
  #known(streamId: number): Stream | undefined {
    expect(streamId % 2 === 1 && streamId <= this.#lastStreamId, "the frame is for a stream that is not open");
    return this.#streams.get(streamId);
  }

  /** The client did something wrong on a stream: often in one breath, that is as bad as resetting it. */
  #refuseStream(stream: Stream, code: ErrorCode): void {
    this.reset(stream, code);
    this.#countReset(stream);
  }

  #countReset(stream: Stream): void {
    if (stream.openedTurn === currentTurn()) this.#floods.count("maxRapidResetsPerMinute");
  }

  #refuseId(streamId: number, code: ErrorCode): void {
    this.#sendReset(streamId, code);
    this.#floods.count("maxIdleFramesPerMinute");
  }
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
