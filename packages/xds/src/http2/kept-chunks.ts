import { DEFAULT_FRAME_BYTES } from "./codes.ts";

/** What is smaller is copied into the pool that Node has for such. */
const SMALL_BYTES = 2048;
const MAX_SPARE = 512;

/** Each as large as a frame may be; no other buffer that is handed out here is of that size. */
const spare: ArrayBufferLike[] = [];

/** A copy of part of a frame, for {@link letGo}: floods are made to wait, and must not make garbage meanwhile. */
export function keep(part: Buffer): Buffer {
  if (part.length < SMALL_BYTES) return Buffer.from(part);
  const copy = Buffer.from(spare.pop() ?? new ArrayBuffer(DEFAULT_FRAME_BYTES), 0, part.length);
  copy.set(part);
  return copy;
}

/** Nobody looks at the copy any more. */
export function letGo({ buffer }: Buffer): void {
  if (buffer.byteLength === DEFAULT_FRAME_BYTES && spare.length < MAX_SPARE) spare.push(buffer);
}
