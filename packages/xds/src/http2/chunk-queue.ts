import { DEFAULT_FRAME_BYTES } from "./codes.ts";
import { sharedFrames } from "./shared-frames.ts";

/** Chunks that are sent one after the other. */
interface Run {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** Other streams may send the same, so that its frames begin where theirs do. */
  readonly shared: boolean;
}

/** What one stream has to send, in order: holds references and a position, never a copy. */
export class ChunkQueue {
  readonly #runs: Run[] = [];
  #index = 0;
  #offset = 0;
  /** Of the first run. */
  #taken = 0;
  #bytes = 0;

  /** Bytes that are still to be taken. */
  get bytes(): number {
    return this.#bytes;
  }

  push(chunks: readonly Uint8Array[], bytes: number, shared: boolean): void {
    if (bytes === 0) return;
    this.#runs.push({ chunks, bytes, shared });
    this.#bytes += bytes;
  }

  /** How many bytes the next frame has, if it may have `maxBytes`. */
  nextBytes(maxBytes: number): number {
    const [first] = this.#runs;
    if (first === undefined) return 0;
    let bytes = first.bytes - this.#taken;
    if (first.shared) return Math.min(bytes, maxBytes, DEFAULT_FRAME_BYTES - (this.#taken % DEFAULT_FRAME_BYTES));
    for (let index = 1; bytes < maxBytes; index++) {
      const run = this.#runs[index];
      if (run === undefined || run.shared) break;
      bytes += run.bytes;
    }
    return Math.min(bytes, maxBytes);
  }

  /** Takes the next chunk, or a view of its first `maxBytes`; undefined when there is none or nothing may be taken. */
  take(maxBytes: number): Uint8Array | undefined {
    const chunk = this.#runs[0]?.chunks[this.#index];
    if (chunk === undefined || maxBytes <= 0) return undefined;
    const start = this.#offset;
    const end = Math.min(chunk.length, start + maxBytes);
    this.#advance(end - start);
    return start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
  }

  /** Takes whole frames with at most `maxBytes` that other streams of the same number send too; undefined if there are none. */
  takeFrames(streamId: number, maxBytes: number): Uint8Array | undefined {
    const [run] = this.#runs;
    if (!run?.shared || this.#taken % DEFAULT_FRAME_BYTES !== 0) return undefined;
    const left = run.bytes - this.#taken;
    const bytes = left <= maxBytes ? left : maxBytes - (maxBytes % DEFAULT_FRAME_BYTES);
    const frames = bytes > 0 && sharedFrames(run.chunks, run.bytes, { streamId, sender: this });
    if (!frames) return undefined;
    const taken = frames.slice(this.#taken, bytes);
    for (let rest = bytes; rest > 0; ) {
      const chunk = run.chunks[this.#index];
      const part = Math.min(rest, (chunk?.length ?? 0) - this.#offset);
      this.#advance(part);
      rest -= part;
    }
    return taken;
  }

  /** Goes on by `bytes`, which are all in one chunk, and past the end of it. */
  #advance(bytes: number): void {
    const [run] = this.#runs;
    this.#offset += bytes;
    this.#taken += bytes;
    this.#bytes -= bytes;
    if (this.#offset < (run?.chunks[this.#index]?.length ?? 0)) return;
    this.#offset = 0;
    this.#index++;
    if (this.#taken < (run?.bytes ?? 0)) return;
    this.#index = 0;
    this.#taken = 0;
    this.#runs.shift();
  }
}
