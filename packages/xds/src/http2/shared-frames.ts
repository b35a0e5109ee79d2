import { DEFAULT_FRAME_BYTES } from "./codes.ts";
import { HEAD_BYTES, writeDataHead } from "./frame.ts";

/** A large message as the DATA frames of a stream, in one piece: many streams have the same number, and get the same. */
export class SharedFrames {
  readonly #bytes: Buffer;

  constructor(chunks: readonly Uint8Array[], length: number, streamId: number) {
    this.#bytes = Buffer.allocUnsafeSlow(length + headBytes(length));
    for (let start = 0; start < length; start += DEFAULT_FRAME_BYTES) {
      const head = this.#bytes.subarray(start + headBytes(start));
      writeDataHead(head, Math.min(DEFAULT_FRAME_BYTES, length - start), streamId);
    }
    let start = 0;
    for (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length; ) {
        const room = DEFAULT_FRAME_BYTES - (start % DEFAULT_FRAME_BYTES);
        const part = chunk.subarray(offset, offset + room);
        this.#bytes.set(part, start + headBytes(start + 1));
        offset += part.length;
        start += part.length;
      }
    }
  }

  /** The frames of `length` bytes of the message from `start` on, which is where one of them begins. */
  slice(start: number, length: number): Uint8Array {
    const offset = start + headBytes(start);
    return this.#bytes.subarray(offset, offset + length + headBytes(length));
  }
}

function headBytes(length: number): number {
  return HEAD_BYTES * Math.ceil(length / DEFAULT_FRAME_BYTES);
}

/** A message that was sent lately, by whom, and its frames once another sends it too. */
interface Recent {
  readonly chunks: readonly Uint8Array[];
  readonly streamId: number;
  readonly sender: object;
  frames: SharedFrames | undefined;
}

const MAX_RECENT = 4;

/** How long frames are kept that nobody may send any more. */
const KEEP_MS = 1_000;

const recent: Recent[] = [];

/** The frames of a message for streams of this number; undefined while nobody but `sender` has asked for them. */
export function sharedFrames(
  chunks: readonly Uint8Array[],
  length: number,
  { streamId, sender }: { readonly streamId: number; readonly sender: object },
): SharedFrames | undefined {
  const known = recent.find((one) => one.chunks === chunks && one.streamId === streamId);
  if (known !== undefined) {
    if (known.sender !== sender) known.frames ??= new SharedFrames(chunks, length, streamId);
    return known.frames;
  }
  if (recent.length === 0) setTimeout(forget, KEEP_MS).unref();
  if (recent.length === MAX_RECENT) recent.shift();
  recent.push({ chunks, streamId, sender, frames: undefined });
  return undefined;
}

function forget(): void {
  recent.length = 0;
}
