import { AccessLogEntry, readLogRecord } from "@chancery/xds/services";
import { toOtelEntry } from "./otel-entry.ts";
import type { EntryKind, LentEntry } from "./record.ts";

/** Bytes of many entries, one after the other. */
interface Segment {
  readonly bytes: Uint8Array;
  used: number;
  /** How many of its entries are still there. */
  entries: number;
}

/** Such a piece of memory is used again when the entries in it are gone. */
const segmentBytes = 256 * 1024;
const maxSpare = 2;

/**
 * Entries by number, which come and go in the same order. They are copied into memory that is used again, and are no
 * objects meanwhile: a flood of them makes no garbage.
 */
export class EntryStore {
  /** Where each is. */
  readonly #segments: (Segment | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #sizes: number[] = [];
  readonly #kinds: (EntryKind | undefined)[] = [];
  readonly #spare: Segment[] = [];
  #last: Segment | undefined;

  put(index: number, entry: LentEntry): void {
    const segment = this.#segmentFor(entry.size);
    if (entry instanceof AccessLogEntry) entry.copyTo(segment.bytes, segment.used);
    else segment.bytes.set(entry.encoded, segment.used);
    this.#segments[index] = segment;
    this.#starts[index] = segment.used;
    this.#sizes[index] = entry.size;
    this.#kinds[index] = entry.kind;
    segment.used += entry.size;
    segment.entries++;
  }

  /** An entry that is there until it is dropped: its `copy` stays. */
  get(index: number): LentEntry | undefined {
    const [kind, segment] = [this.#kinds[index], this.#segments[index]];
    if (kind === undefined || segment === undefined) return undefined;
    const start = this.#starts[index] ?? 0;
    const end = start + (this.#sizes[index] ?? 0);
    return kind === "otel"
      ? toOtelEntry(readLogRecord(segment.bytes.subarray(start, end)))
      : new AccessLogEntry(kind, segment.bytes, start, end);
  }

  /** Lets go of an entry without looking into it; its size, or 0 if there is none. */
  drop(index: number): number {
    const segment = this.#segments[index];
    if (segment === undefined) return 0;
    this.#segments[index] = undefined;
    this.#kinds[index] = undefined;
    const size = this.#sizes[index] ?? 0;
    if (--segment.entries > 0) return size;
    segment.used = 0;
    const isKept = segment !== this.#last && segment.bytes.length === segmentBytes && this.#spare.length < maxSpare;
    if (isKept) this.#spare.push(segment);
    return size;
  }

  #segmentFor(size: number): Segment {
    if (this.#last !== undefined && this.#last.used + size <= this.#last.bytes.length) return this.#last;
    const spare = size > segmentBytes ? undefined : this.#spare.pop();
    this.#last = spare ?? { bytes: new Uint8Array(Math.max(size, segmentBytes)), used: 0, entries: 0 };
    return this.#last;
  }
}
