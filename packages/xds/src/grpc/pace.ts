/** What may come at once is what may come in this time. */
const BURST_MS = 10_000;

/** Says how long to wait so that no more than so many a second come in the long run. */
export class Pace {
  readonly #intervalMs: number;
  /** When what came so far would all have come at the permitted pace. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** Counts `count` more and returns how long the next has to wait: 0 while they keep the pace. */
  delayMs(count: number, nowMs: number): number {
    this.#dueMs = Math.max(this.#dueMs, nowMs - BURST_MS) + count * this.#intervalMs;
    return Math.max(0, this.#dueMs - nowMs);
  }
}
