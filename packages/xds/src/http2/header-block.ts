import { ErrorCode, expect, Flag, FrameType } from "./codes.ts";
import { paddingOf } from "./frame-reader.ts";

const PRIORITY_BYTES = 5;

/** A block of many small frames costs more than it says. */
const MAX_FRAMES = 64;

/** The block of one HEADERS frame and the CONTINUATION frames after it, https://www.rfc-editor.org/rfc/rfc9113#section-4.3 */
export class HeaderBlock {
  readonly streamId: number;
  readonly endsStream: boolean;
  /** The stream was said to depend on itself, which cannot be. */
  readonly dependsOnItself: boolean;
  readonly #maxBytes: number;
  readonly #parts: Buffer[];
  #bytes: number;
  #complete: boolean;

  /** Begins with a HEADERS frame; throws a ConnectionError when it is not well formed. */
  constructor(streamId: number, flags: number, payload: Buffer, maxBytes: number) {
    this.streamId = streamId;
    this.endsStream = (flags & Flag.END_STREAM) !== 0;
    const padding = (flags & Flag.PADDED) !== 0 ? paddingOf(payload[0], payload.length) : 0;
    const hasPriority = (flags & Flag.PRIORITY) !== 0;
    const start = Math.min(padding, 1);
    const end = payload.length - Math.max(0, padding - 1);
    expect(!hasPriority || end - start >= PRIORITY_BYTES, "a priority has five bytes", ErrorCode.FRAME_SIZE_ERROR);
    this.dependsOnItself = hasPriority && dependsOn(payload, start) === streamId;
    const block = payload.subarray(hasPriority ? start + PRIORITY_BYTES : start, end);
    this.#complete = (flags & Flag.END_HEADERS) !== 0;
    // A payload is gone when the next frame comes.
    this.#parts = [this.#complete ? block : Buffer.from(block)];
    this.#bytes = block.length;
    this.#maxBytes = maxBytes;
  }

  /** The whole block; undefined while some of it is still to come. */
  get bytes(): Buffer | undefined {
    const [first] = this.#parts;
    if (!this.#complete || first === undefined) return undefined;
    return this.#parts.length === 1 ? first : Buffer.concat(this.#parts, this.#bytes);
  }

  /** Takes the next frame, which must be its CONTINUATION. */
  continue(type: number, flags: number, streamId: number, payload: Buffer): void {
    const isNext = type === FrameType.CONTINUATION && streamId === this.streamId;
    expect(isNext, "nothing may come between the frames of a header block");
    this.#bytes += payload.length;
    const fits = this.#bytes <= this.#maxBytes && this.#parts.length < MAX_FRAMES;
    expect(fits, "a header block is too large", ErrorCode.ENHANCE_YOUR_CALM);
    this.#parts.push(Buffer.from(payload));
    this.#complete = (flags & Flag.END_HEADERS) !== 0;
  }
}

/** The stream that a priority names. */
export function dependsOn(payload: Buffer, offset: number): number {
  return payload.readUInt32BE(offset) & 0x7fff_ffff;
}
