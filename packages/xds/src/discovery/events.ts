import type { DiscoveryEvent } from "./client.ts";

export interface EventsOptions<T = DiscoveryEvent> {
  /** Ends the stream when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** How many events may wait for the reader; of more, the oldest are dropped and counted. Default: 1,000. */
  readonly maxQueued?: number | undefined;
  /** Which events the reader wants; the others do not count. Default: all. */
  readonly matches?: ((event: T) => boolean) | undefined;
}

/** Hands events to any number of readers. A slow one holds up nobody and costs bounded memory. */
export class Broadcast<T = DiscoveryEvent> {
  readonly #streams = new Set<EventStream<T>>();

  /** How many readers there are. */
  get size(): number {
    return this.#streams.size;
  }

  send(event: T): void {
    if (this.#streams.size === 0) return;
    for (const stream of this.#streams) stream.push(event);
  }

  /**
   * All events from now on, until the reader leaves its loop, the signal is aborted, or there is nothing more to come.
   * A stream that is never read has to be ended by its signal.
   */
  subscribe(options: EventsOptions<T> = {}): EventStream<T> {
    const stream = new EventStream<T>(options, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    if (options.signal?.aborted) stream.end();
    return stream;
  }

  /** Ends all streams once what waits in them has been read. */
  close(): void {
    for (const stream of this.#streams) stream.finish();
  }
}

/** Events for one reader, who sees them in order, each once. */
export class EventStream<T = DiscoveryEvent> implements AsyncIterableIterator<T, undefined> {
  readonly #maxQueued: number;
  readonly #signal: AbortSignal | undefined;
  readonly #matches: (event: T) => boolean;
  readonly #onEnd: () => void;
  readonly #queued: T[] = [];
  readonly #readers: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #dropped = 0;
  #ended = false;

  /** @internal */
  constructor({ signal, maxQueued = 1000, matches = () => true }: EventsOptions<T>, onEnd: () => void) {
    if (!(maxQueued >= 1)) throw new RangeError(`maxQueued is ${maxQueued}: it must be 1 or more`);
    this.#maxQueued = maxQueued;
    this.#signal = signal;
    this.#matches = matches;
    this.#onEnd = onEnd;
    signal?.addEventListener("abort", this.end);
  }

  /** How many events the reader has missed because it was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#queued.shift();
    if (value !== undefined) return { value };
    if (this.#ended) return over;
    const { promise, resolve } = Promise.withResolvers<IteratorResult<T, undefined>>();
    this.#readers.push(resolve);
    return await promise;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    return over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
  }

  /** @internal */
  push(event: T): void {
    if (!this.#matches(event)) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader({ value: event });
    else this.#queued.push(event);
    if (this.#queued.length <= this.#maxQueued) return;
    this.#queued.shift();
    this.#dropped++;
  }

  /** @internal Ends the stream after what is queued. */
  finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.end);
    this.#onEnd();
    for (const reader of this.#readers.splice(0)) reader(over);
  }

  /** @internal Ends the stream at once. */
  readonly end = (): void => {
    this.#queued.length = 0;
    this.finish();
  };
}

const over = { value: undefined, done: true } as const;
