import { setImmediate } from "node:timers/promises";
import { Broadcast, type EventStream } from "@chancery/xds";
import { decodedFactor } from "../decoded-factor.ts";
import type { Entry, LogRecord, LogSource } from "./record.ts";

export interface TailOptions {
  /** Entries that are kept; of more, the oldest go. Default: 50,000. */
  readonly maxEntries?: number;
  /** The same for the bytes that they take. Default: 64 MiB. */
  readonly maxBytes?: number;
}

export interface SearchOptions {
  /** How many are found at most: the newest. */
  readonly limit: number;
  /** Only those before the one of this id. */
  readonly before?: number | undefined;
  /** Ends the search early when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** The newest entries, in a ring: kept by number and size, searched from the end, and followed. */
export class Tail {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #ring: (LogRecord | undefined)[] = [];
  readonly #followers = new Broadcast<LogRecord>();
  #first = 1;
  #last = 0;
  #bytes = 0;

  constructor({ maxEntries = 50_000, maxBytes = 64 * 1024 * 1024 }: TailOptions = {}) {
    for (const [name, value] of Object.entries({ maxEntries, maxBytes })) {
      if (!(value >= 1)) throw new RangeError(`${name} is ${value}: it must be 1 or more`);
    }
    this.#maxEntries = Math.floor(maxEntries);
    this.#maxBytes = maxBytes;
  }

  /** Entries kept now, and their bytes. */
  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#last - this.#first + 1, bytes: this.#bytes };
  }

  /** The id of the newest entry; 0 before the first. */
  get lastId(): number {
    return this.#last;
  }

  add(entry: Entry, source: LogSource, receivedMs: number): LogRecord {
    const record = { id: ++this.#last, receivedMs, source, entry };
    if (this.#last - this.#first >= this.#maxEntries) this.#forget();
    this.#ring[record.id % this.#maxEntries] = record;
    this.#bytes += sizeOf(record);
    while (this.#bytes > this.#maxBytes && this.#first < this.#last) this.#forget();
    this.#followers.send(record);
    return record;
  }

  /** The newest that match, oldest of them first. Others get their turn while it searches. */
  async search(matches: (record: LogRecord) => boolean, options: SearchOptions): Promise<LogRecord[]> {
    const { limit, before = Number.POSITIVE_INFINITY, signal } = options;
    const found: LogRecord[] = [];
    let turnEndsMs = performance.now() + turnMs;
    for (let id = Math.min(this.#last, before - 1); id >= this.#first && found.length < limit; id--) {
      const record = this.#ring[id % this.#maxEntries];
      if (record !== undefined && matches(record)) found.push(record);
      if (performance.now() < turnEndsMs) continue;
      await setImmediate();
      if (signal?.aborted) break;
      turnEndsMs = performance.now() + turnMs;
    }
    return found.reverse();
  }

  /** Those that match from now on. A slow reader misses some, which its stream counts. */
  follow(matches: (record: LogRecord) => boolean, signal: AbortSignal): EventStream<LogRecord> {
    return this.#followers.subscribe({ matches, signal });
  }

  close(): void {
    this.#followers.close();
  }

  #forget(): void {
    const index = this.#first++ % this.#maxEntries;
    const record = this.#ring[index];
    this.#ring[index] = undefined;
    if (record !== undefined) this.#bytes -= sizeOf(record);
  }
}

const turnMs = 2;

/** About what the objects take beside the bytes of the entry. */
const overheadBytes = 200;

function sizeOf({ entry }: LogRecord): number {
  return overheadBytes + entry.size * (entry.kind === "otel" ? decodedFactor : 1);
}
