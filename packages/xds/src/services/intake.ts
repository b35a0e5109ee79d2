import { spareTurns } from "../grpc/index.ts";

export interface IntakeOptions {
  /** Bytes of messages that may wait at a time, of all streams together; what comes beyond is dropped. Default: 256 MiB. */
  readonly maxQueuedBytes?: number;
  /** How long a message may wait before it is dropped, in milliseconds. Default: 30,000. */
  readonly maxWaitMs?: number;
  /**
   * What part of the time may be spent on taking messages, from 0 to 1. With less than 1 a flood leaves the process idle
   * in between, so that other work finds it free. Default: 1.
   */
  readonly maxShare?: number;
}

/** What has come and what became of it. A live view: read it whenever you like. */
export interface IntakeStats {
  /** Messages taken, and their bytes. */
  readonly messages: number;
  readonly bytes: number;
  /** Messages dropped because too much was waiting, and their bytes. */
  readonly droppedMessages: number;
  readonly droppedBytes: number;
  /** Messages that wait now, and their bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
}

/** Takes one message in. What takes long is an iterator: others get their turn wherever it yields. */
export type Work = () => Iterator<unknown> | undefined;

/**
 * A bounded queue of messages from many streams, taken in slices of half a millisecond, in turns of the event loop that
 * nothing else needs, so that a flood of them holds up nothing else that this process does.
 */
export class Intake {
  readonly #maxQueuedBytes: number;
  readonly #maxWaitMs: number;
  readonly #maxShare: number;
  readonly #stats = { messages: 0, bytes: 0, droppedMessages: 0, droppedBytes: 0, queuedMessages: 0, queuedBytes: 0 };
  readonly #queue: Item[] = [];
  #droppedAtMs = Number.NEGATIVE_INFINITY;
  /** When the time that was spent is made up for. */
  #nextMs = Number.NEGATIVE_INFINITY;
  #scheduled = false;

  constructor(options: IntakeOptions = {}) {
    const { maxQueuedBytes = 256 * 1024 * 1024, maxWaitMs = 30_000, maxShare = 1 } = options;
    if (!(maxQueuedBytes > 0)) throw new RangeError(`maxQueuedBytes is ${maxQueuedBytes}: it must be a number above 0`);
    if (!(maxWaitMs > 0)) throw new RangeError(`maxWaitMs is ${maxWaitMs}: it must be a number above 0`);
    this.#maxQueuedBytes = maxQueuedBytes;
    if (!(maxShare > 0 && maxShare <= 1)) throw new RangeError(`maxShare is ${maxShare}: it must be above 0, up to 1`);
    this.#maxWaitMs = maxWaitMs;
    this.#maxShare = maxShare;
  }

  get stats(): IntakeStats {
    return this.#stats;
  }

  /** Whether something was dropped a moment ago: more streams would only mean that more is dropped. */
  get overloaded(): boolean {
    return performance.now() - this.#droppedAtMs < calmMs;
  }

  /**
   * Resolves with true when a message of `size` bytes is taken, with false when it is dropped; rejects with what `work`
   * throws. A stream that waits for that before it reads on has one message in the queue at a time, and so each gets
   * its turn.
   */
  put(size: number, work: Work): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const item: Item = { size, work, resolve, reject, atMs: performance.now(), rest: undefined };
    // However small the queue is, one message has room in it.
    if (this.#queue.length > 0 && this.#stats.queuedBytes + size > this.#maxQueuedBytes) {
      this.#drop(item);
      return promise;
    }
    this.#queue.push(item);
    this.#stats.queuedMessages++;
    this.#stats.queuedBytes += size;
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    const waitMs = this.#nextMs - performance.now();
    // Timers have a resolution of a millisecond.
    if (waitMs > 0.5) setTimeout(this.#runSoon, waitMs);
    else this.#runSoon();
  }

  readonly #runSoon = (): void => spareTurns.add(this.#run);

  readonly #run = (): void => {
    this.#scheduled = false;
    const startMs = performance.now();
    const end = startMs + sliceMs;
    for (let [item] = this.#queue; item !== undefined; [item] = this.#queue) {
      const nowMs = performance.now();
      if (nowMs > end) break;
      if (item.rest === undefined && nowMs - item.atMs > this.#maxWaitMs) {
        this.#removeFirst();
        this.#drop(item);
      } else {
        this.#take(item, end);
        if (item.rest !== undefined) break;
      }
    }
    const spentMs = performance.now() - startMs;
    this.#nextMs = Math.max(this.#nextMs, startMs - savedMs) + spentMs / this.#maxShare;
    this.#schedule();
  };

  /** Takes the first item, or as much of it as there is time for: what is left of it is its `rest`. */
  #take(item: Item, end: number): void {
    try {
      item.rest ??= item.work();
      while (item.rest !== undefined && performance.now() <= end) {
        if (item.rest.next().done === true) item.rest = undefined;
      }
      if (item.rest !== undefined) return;
      this.#stats.messages++;
      this.#stats.bytes += item.size;
      item.resolve(true);
    } catch (error) {
      item.rest = undefined;
      item.reject(error);
    }
    this.#removeFirst();
  }

  #removeFirst(): void {
    const item = this.#queue.shift();
    if (item === undefined) return;
    this.#stats.queuedMessages--;
    this.#stats.queuedBytes -= item.size;
  }

  #drop(item: Item): void {
    this.#droppedAtMs = performance.now();
    this.#stats.droppedMessages++;
    this.#stats.droppedBytes += item.size;
    item.resolve(false);
  }
}

interface Item {
  readonly size: number;
  readonly work: Work;
  readonly resolve: (taken: boolean) => void;
  readonly reject: (error: unknown) => void;
  readonly atMs: number;
  rest: Iterator<unknown> | undefined;
}

const sliceMs = 0.5;

/** So much of the time that was not used may be made up for later, such as when a timer was late. */
const savedMs = 5;

/** New streams are let in again when nothing was dropped for so long. */
const calmMs = 1_000;
