import { DEFAULT_WINDOW_BYTES, ErrorCode, expect, Flag, FrameType } from "./codes.ts";
import { type Flood, Floods } from "./floods.ts";
import * as frames from "./frame.ts";
import type { FrameSink } from "./frame-reader.ts";
import { checkFrame } from "./frame-rules.ts";
import { dependsOn, HeaderBlock } from "./header-block.ts";
import { areTrailers, type Headers, toRequest } from "./headers.ts";
import { HeaderDecoder, TABLE_BYTES } from "./hpack/decoder.ts";
import { type Field, sizeOf } from "./hpack/table.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { parseSettings } from "./settings.ts";
import { type Carrier, Stream } from "./stream.ts";
import type { Streams } from "./streams.ts";
import { currentTurn } from "./turn.ts";

export interface InboundOptions extends Readonly<Record<Flood, number>> {
  readonly maxConcurrentStreams: number;
  /** Bytes a client may send ahead on one stream. */
  readonly streamWindowBytes: number;
  /** Bytes of the headers of a request, with 32 for each added. */
  readonly maxHeaderListBytes: number;
  /** Bytes that the headers of all open streams may take. */
  readonly maxSessionMemoryBytes: number;
}

/** The connection, as far as what a client says concerns it. */
export interface Host extends Carrier {
  readonly streams: Streams;
  readonly window: ReceiveWindow;
  /** Nothing more is served, and no new requests are. */
  readonly closed: boolean;
  readonly refusing: boolean;
  /** No new requests are served for a while. */
  readonly paused: boolean;
  send(frame: Uint8Array): void;
  /** Resets a stream that was never opened, or is closed. */
  refuse(streamId: number, code: ErrorCode): void;
  /** Opens the window of the connection by what is done with. */
  releaseConnection(bytes: number): void;
  /** The client has answered a ping; false when there was none. */
  answered(): boolean;
  /** The client wants a smaller table of headers than it may be at first. */
  shrinkTable(): void;
  onStream(stream: Stream, headers: Headers): void;
  onFlood(limit: Flood): void;
}

/** What a stream takes beside its headers. */
const STREAM_BYTES = 2048;

/** What a client says, frame by frame, and what follows from it. What it may not say is a `ConnectionError`. */
export class Inbound implements FrameSink {
  readonly #host: Host;
  readonly #options: InboundOptions;
  readonly #decoder: HeaderDecoder;
  readonly #floods: Floods;
  #initialWindow = DEFAULT_WINDOW_BYTES;
  #settingsReceived = false;
  #established = false;
  /** The header block that is being received, and the stream of the DATA frame that is. */
  #block: HeaderBlock | undefined;
  #stream: Stream | undefined;
  #endsStream = false;

  constructor(host: Host, options: InboundOptions) {
    this.#host = host;
    this.#options = options;
    this.#decoder = new HeaderDecoder(options.maxHeaderListBytes);
    this.#floods = new Floods(options, (limit) => host.onFlood(limit));
  }

  get paused(): boolean {
    return this.#host.paused;
  }

  /** True once the client has read our settings. */
  get established(): boolean {
    return this.#established;
  }

  data(streamId: number, flags: number, length: number, padding: number): void {
    if (this.#host.closed) return;
    expect(this.#block === undefined && this.#settingsReceived, "DATA that may not come here");
    expect(this.#host.window.take(length), "the connection's window is overrun", ErrorCode.FLOW_CONTROL_ERROR);
    this.#endsStream = (flags & Flag.END_STREAM) !== 0;
    if (length === padding && !this.#endsStream) this.#floods.count("maxIdleFramesPerMinute");
    this.#stream = this.#receiverOf(streamId, length, length - padding);
    if (this.#stream === undefined) this.#host.releaseConnection(length);
    else if (padding > 0) this.#host.release(this.#stream, padding);
    if (length === padding) this.#endData();
  }

  dataPart(part: Buffer, last: boolean): void {
    if (this.#stream?.closed) this.#host.releaseConnection(part.length);
    else this.#stream?.receive(part);
    if (last) this.#endData();
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.#host.closed) return;
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
    this.#host.send(frames.SETTINGS_ACK);
    if (headerTableBytes !== undefined && headerTableBytes < TABLE_BYTES) this.#host.shrinkTable();
    if (maxFrameBytes !== undefined) this.#host.sender.maxFrameBytes = maxFrameBytes;
    if (initialWindowBytes === undefined) return;
    const change = initialWindowBytes - this.#initialWindow;
    this.#initialWindow = initialWindowBytes;
    for (const stream of this.#host.streams.values()) {
      expect(this.#host.sender.widen(stream, change), "a window is too large", ErrorCode.FLOW_CONTROL_ERROR);
    }
  }

  #readPing(flags: number, payload: Buffer): void {
    if ((flags & Flag.ACK) === 0) {
      this.#floods.count("maxPingsPerMinute");
      this.#host.send(frames.ping(payload, Flag.ACK));
      return;
    }
    if (!this.#host.answered()) this.#floods.count("maxIdleFramesPerMinute");
  }

  #readWindowUpdate(streamId: number, payload: Buffer): void {
    const increment = payload.readUInt32BE() & 0x7fff_ffff;
    if (streamId === 0) {
      expect(increment > 0, "a window is opened by nothing");
      expect(this.#host.sender.widenAll(increment), "a window is too large", ErrorCode.FLOW_CONTROL_ERROR);
      return;
    }
    const stream = this.#host.streams.get(streamId);
    if (stream === undefined) return;
    if (increment === 0) this.#refuseStream(stream, ErrorCode.PROTOCOL_ERROR);
    else if (!this.#host.sender.widen(stream, increment)) this.#refuseStream(stream, ErrorCode.FLOW_CONTROL_ERROR);
  }

  #readReset(streamId: number, payload: Buffer): void {
    const stream = this.#host.streams.get(streamId);
    if (stream === undefined) return;
    this.#host.finished(stream);
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
    if (block.streamId > this.#host.streams.lastId) {
      this.#open(block, fields);
      return;
    }
    const stream = this.#host.streams.get(block.streamId);
    if (stream !== undefined) this.#readTrailers(stream, block, fields);
    else expect(this.#host.streams.wasReset(block.streamId), "the stream is closed", ErrorCode.STREAM_CLOSED);
  }

  #open({ streamId, endsStream, dependsOnItself }: HeaderBlock, fields: readonly Field[] | undefined): void {
    this.#host.streams.use(streamId);
    const { maxConcurrentStreams, maxSessionMemoryBytes, streamWindowBytes } = this.#options;
    if (this.#host.refusing || this.#host.streams.size >= maxConcurrentStreams) {
      this.#refuseId(streamId, ErrorCode.REFUSED_STREAM);
      return;
    }
    const memoryBytes = fields?.reduce((sum, field) => sum + sizeOf(field), STREAM_BYTES) ?? 0;
    if (fields === undefined || this.#host.streams.memoryBytes + memoryBytes > maxSessionMemoryBytes) {
      this.#refuseId(streamId, ErrorCode.ENHANCE_YOUR_CALM);
      return;
    }
    const request = dependsOnItself ? undefined : toRequest(fields, endsStream);
    if (request === undefined) {
      this.#refuseId(streamId, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    // A client that does not know our settings yet may send as much as it may without.
    const window = this.#established ? streamWindowBytes : Math.max(streamWindowBytes, DEFAULT_WINDOW_BYTES);
    const stream = new Stream(this.#host, streamId, {
      sendWindow: this.#initialWindow,
      receiveWindow: new ReceiveWindow(window),
      bodyBytes: request.bodyBytes,
      memoryBytes,
      remoteEnded: endsStream,
    });
    this.#host.streams.add(stream);
    this.#host.onStream(stream, request.headers);
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
    const stream = this.#host.streams.get(streamId);
    if (stream === undefined) {
      if (!this.#host.streams.wasReset(streamId)) this.#refuseId(streamId, ErrorCode.STREAM_CLOSED);
      else
        expect(
          this.#host.streams.takeLate(streamId, length),
          "a stream goes on that was reset",
          ErrorCode.STREAM_CLOSED,
        );
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

  /** The client did something wrong on a stream: often in one breath, that is as bad as resetting it. */
  #refuseStream(stream: Stream, code: ErrorCode): void {
    this.#host.reset(stream, code);
    this.#countReset(stream);
  }

  #countReset(stream: Stream): void {
    if (stream.openedTurn === currentTurn()) this.#floods.count("maxRapidResetsPerMinute");
  }

  #refuseId(streamId: number, code: ErrorCode): void {
    this.#host.refuse(streamId, code);
    this.#floods.count("maxIdleFramesPerMinute");
  }
}
