/**
 * Gives the memory of bytes back at once, if they are large: a garbage collection may be far off. They must have it to
 * themselves, and are empty from then on.
 */
export function release({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (buffer.byteLength >= largeBytes) buffer.transfer(0);
}

/** More than Node ever shares among small ones. */
const largeBytes = 128 * 1024;
