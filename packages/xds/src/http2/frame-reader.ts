import { ConnectionError, DEFAULT_FRAME_BYTES, ErrorCode, expect, Flag, FrameType } from "./codes.ts";
import { HEAD_BYTES } from "./frame.ts";

/** Who takes the frames of a connection. Bytes are views of what the socket brought, and gone when the call returns. */
export interface FrameSink {
  /** The head of a DATA frame: `padding` are those of its `length` bytes that are no data. */
  data(streamId: number, flags: number, length: number, padding: number): void;
  /** Data of that frame, as they come; `last` with the last of them. Not called for a frame without any. */
  dataPart(part: Buffer, last: boolean): void;
  /** A frame of any other type, whole. */
  frame(type: number, flags: number, streamId: number, payload: Buffer): void;
  /** True while no HEADERS are to come: they are kept, and what is after them, until `read` is called again. */
  readonly paused: boolean;
}

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Cuts what a client sends into frames. Bytes of DATA frames are handed on as they come; other frames wait until they
 * are whole, in no more than the 16 KiB that a frame may have.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  #prefaceBytes = 0;
  #dataBytes = 0;
  #paddingBytes = 0;
  #rest: Buffer | undefined;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether it was stopped before the end of what it was given. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Reads bytes, which may be overwritten after that; goes on where it was stopped, if there are none. Throws a
   * {@link ConnectionError} when they are not HTTP/2.
   */
  read(bytes: Buffer): void {
    const chunk = this.#join(bytes);
    this.#rest = undefined;
    this.#stopped = false;
    let offset = this.#readPreface(chunk);
    while (offset < chunk.length) {
      const next =
        this.#dataBytes + this.#paddingBytes > 0 ? this.#readData(chunk, offset) : this.#readFrame(chunk, offset);
      if (next === offset) {
        this.#keep(chunk.subarray(offset), chunk !== bytes);
        return;
      }
      offset = next;
    }
  }

  /** Until the next call: a copy, unless the bytes are ours and most of them wait. */
  #keep(rest: Buffer, ours: boolean): void {
    this.#rest = ours && this.#stopped ? rest : Buffer.from(rest);
  }

  #join(bytes: Buffer): Buffer {
    if (this.#rest === undefined) return bytes;
    return bytes.length === 0 ? this.#rest : Buffer.concat([this.#rest, bytes]);
  }

  #readPreface(chunk: Buffer): number {
    const start = this.#prefaceBytes;
    if (start === PREFACE.length) return 0;
    const length = Math.min(PREFACE.length - start, chunk.length);
    if (PREFACE.compare(chunk, 0, length, start, start + length) !== 0) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "this is not HTTP/2");
    }
    this.#prefaceBytes += length;
    return length;
  }

  #readData(chunk: Buffer, offset: number): number {
    const end = Math.min(chunk.length, offset + this.#dataBytes);
    if (end > offset) {
      this.#dataBytes -= end - offset;
      const whole = offset === 0 && end === chunk.length;
      this.#sink.dataPart(whole ? chunk : chunk.subarray(offset, end), this.#dataBytes === 0);
      if (this.#dataBytes > 0) return end;
    }
    const padding = Math.min(chunk.length - end, this.#paddingBytes);
    this.#paddingBytes -= padding;
    return end + padding;
  }

  /** Returns where the next frame begins, or `offset` when this one is not there yet, or has to wait. */
  #readFrame(chunk: Buffer, offset: number): number {
    if (chunk.length - offset < HEAD_BYTES) return offset;
    const head = uint32At(chunk, offset);
    const length = head >>> 8;
    const type = head & 0xff;
    const flags = chunk[offset + 4] ?? 0;
    const streamId = uint32At(chunk, offset + 5) & 0x7fff_ffff;
    const start = offset + HEAD_BYTES;
    if (type === FrameType.HEADERS && this.#sink.paused) {
      this.#stopped = true;
      return offset;
    }
    if (length > DEFAULT_FRAME_BYTES) {
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} bytes is too large`);
    }
    if (type === FrameType.DATA) {
      const padded = (flags & Flag.PADDED) !== 0;
      if (padded && length > 0 && chunk.length === start) return offset;
      const padding = padded ? paddingOf(chunk[start], length) : 0;
      this.#dataBytes = length - padding;
      this.#paddingBytes = Math.max(0, padding - 1);
      this.#sink.data(streamId, flags, length, padding);
      return padded ? start + 1 : start;
    }
    if (chunk.length < start + length) return offset;
    this.#sink.frame(type, flags, streamId, chunk.subarray(start, start + length));
    return start + length;
  }
}

/** Four bytes that are there, big-endian, with a sign: `readUInt32BE` checks more than it reads. */
function uint32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/** How many of the `length` bytes of a padded frame are no data: `padLength`, which comes first, and what it counts. */
export function paddingOf(padLength: number | undefined, length: number): number {
  const isThere = padLength !== undefined && length > 0;
  expect(isThere, "a padded frame says how much padding it has", ErrorCode.FRAME_SIZE_ERROR);
  expect(padLength < length, "a frame has more padding than bytes");
  return padLength + 1;
}
