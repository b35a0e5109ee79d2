import { setImmediate } from "node:timers/promises";
import { Broadcast, type EventStream } from "@chancery/xds";
import { EntryStore } from "./entry-store.ts";
import { keep, type LentEntry, type LogRecord, type LogSource } from "./record.ts";

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
  /** By id, modulo how many there may be. */
  readonly #entries = new EntryStore();
  readonly #sources: (LogSource | undefined)[] = [];
  readonly #receivedMs: number[] = [];
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

  /** Keeps an entry, or a copy of it; returns its id. */
  add(entry: LentEntry, source: LogSource, receivedMs: number): number {
    const id = ++this.#last;
    if (id - this.#first >= this.#maxEntries) this.#forget();
    const index = id % this.#maxEntries;
    this.#entries.put(index, entry);
    this.#sources[index] = source;
    this.#receivedMs[index] = receivedMs;
    this.#bytes += overheadBytes + entry.size;
    while (this.#bytes > this.#maxBytes && this.#first < id) this.#forget();
    if (this.#followers.size > 0) this.#followers.send(keep({ id, receivedMs, source, entry }));
    return id;
  }

  /** The newest that match, oldest of them first. Others get their turn while it searches. */
  async search(matches: (record: LogRecord) => boolean, options: SearchOptions): Promise<LogRecord[]> {
    const { limit, before = Number.POSITIVE_INFINITY, signal } = options;
    const found: LogRecord[] = [];
    let turnEndsMs = performance.now() + turnMs;
    for (let id = Math.min(this.#last, before - 1); id >= this.#first && found.length < limit; id--) {
      const record = this.#get(id);
      if (record !== undefined && matches(record)) found.push(keep(record));
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

  /** A record that is there until it is forgotten. */
  #get(id: number): LogRecord | undefined {
    const index = id % this.#maxEntries;
    const [entry, source, receivedMs] = [this.#entries.get(index), this.#sources[index], this.#receivedMs[index]];
    if (entry === undefined || source === undefined || receivedMs === undefined) return undefined;
    return { id, receivedMs, source, entry };
  }

  #forget(): void {
    const index = this.#first++ % this.#maxEntries;
    this.#bytes -= overheadBytes + this.#entries.drop(index);
    this.#sources[index] = undefined;
  }
}

const turnMs = 2;

/** About what an entry takes beside its bytes. */
const overheadBytes = 100;
