import { DEFAULT_FRAME_BYTES } from "./codes.ts";
import { Spares } from "./spares.ts";

/** What is smaller is copied into the pool that Node has for such. */
const SMALL_BYTES = 2048;

/** Each as large as a frame may be; no other buffer that is handed out here is of that size. */
const spare = new Spares<ArrayBufferLike>(512, () => new ArrayBuffer(DEFAULT_FRAME_BYTES));

/** A copy of part of a frame, for {@link letGo}: floods are made to wait, and must not make garbage meanwhile. */
export function keep(part: Buffer): Buffer {
  if (part.length < SMALL_BYTES) return Buffer.from(part);
  const copy = Buffer.from(spare.take(), 0, part.length);
  copy.set(part);
  return copy;
}

/** Nobody looks at the copy any more. */
export function letGo({ buffer }: Buffer): void {
  if (buffer.byteLength === DEFAULT_FRAME_BYTES) spare.give(buffer);
}
