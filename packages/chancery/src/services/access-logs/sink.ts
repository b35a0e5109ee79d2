import type { LogRecord } from "./record.ts";

/** What became of the entries that a sink was given. A live view. */
export interface SinkStats {
  readonly written: number;
  /** Those that will never be written: too many were waiting, or whoever was to take them did not. */
  readonly lost: number;
  readonly queued: number;
}

/** Where entries are written to. */
export interface Sink {
  /** One word, such as `file`. */
  readonly name: string;
  readonly stats: SinkStats;
  put(record: LogRecord): void;
  /** Writes what waits, then ends. */
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Entries that may wait; what comes beyond is lost. */
  readonly maxQueued: number;
  /** Entries that are written at once. */
  readonly maxBatch: number;
  /** Writes a batch and says how many of it were written; the others are lost. Must not reject. */
  write(batch: readonly LogRecord[]): Promise<number>;
}

/** Entries that wait to be written, a batch after the other; what cannot wait is counted. */
export class SinkQueue {
  readonly #options: QueueOptions;
  readonly #queue: LogRecord[] = [];
  #writing: Promise<void> | undefined;
  #inBatch = 0;
  #written = 0;
  #lost = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get stats(): SinkStats {
    return { written: this.#written, lost: this.#lost, queued: this.#queue.length + this.#inBatch };
  }

  put(record: LogRecord): void {
    if (this.#queue.length >= this.#options.maxQueued) {
      this.#lost++;
      return;
    }
    this.#queue.push(record);
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What comes in the same turn goes together.
    await new Promise(setImmediate);
    while (this.#queue.length > 0) await this.#write(this.#queue.splice(0, this.#options.maxBatch));
    this.#writing = undefined;
  }

  async #write(batch: readonly LogRecord[]): Promise<void> {
    this.#inBatch = batch.length;
    const written = await this.#options.write(batch);
    this.#written += written;
    this.#lost += batch.length - written;
    this.#inBatch = 0;
  }
}
