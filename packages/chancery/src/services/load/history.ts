/** Requests in a stretch of time. */
export interface Traffic {
  readonly requests: number;
  readonly errors: number;
  readonly dropped: number;
}

/** What came in one stretch of time, a second on average. */
export interface HistoryPoint {
  /** When the stretch began, in milliseconds since 1970. */
  readonly atMs: number;
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  readonly droppedPerSecond: number;
}

/** How long a stretch is, and how many are kept: half an hour. */
export const stretchMs = 10_000;
const stretches = 180;

/** The traffic of the last half hour, in a ring. A report is spread over the time that it tells of. */
export class History {
  readonly #ring = new Float64Array(stretches * 3);
  /** The number of the newest stretch; the stretches before are in the ring. */
  #newest = Number.NEGATIVE_INFINITY;

  add({ requests, errors, dropped }: Traffic, endMs: number, intervalMs: number): void {
    const last = Math.floor(endMs / stretchMs);
    this.#advance(last);
    const startMs = endMs - Math.max(1, intervalMs);
    for (let stretch = last; stretch > this.#newest - stretches && (stretch + 1) * stretchMs > startMs; stretch--) {
      const from = Math.max(startMs, stretch * stretchMs);
      const share = (Math.min(endMs, (stretch + 1) * stretchMs) - from) / (endMs - startMs);
      const at = placeOf(stretch);
      this.#ring[at] = (this.#ring[at] ?? 0) + requests * share;
      this.#ring[at + 1] = (this.#ring[at + 1] ?? 0) + errors * share;
      this.#ring[at + 2] = (this.#ring[at + 2] ?? 0) + dropped * share;
    }
  }

  /** Every stretch that is over, the oldest first. */
  *points(nowMs: number): Generator<HistoryPoint> {
    const current = Math.floor(nowMs / stretchMs);
    this.#advance(current);
    const perSecond = (index: number) => ((this.#ring[index] ?? 0) * 1_000) / stretchMs;
    for (let stretch = current - stretches + 1; stretch < current; stretch++) {
      const at = placeOf(stretch);
      yield {
        atMs: stretch * stretchMs,
        requestsPerSecond: perSecond(at),
        errorsPerSecond: perSecond(at + 1),
        droppedPerSecond: perSecond(at + 2),
      };
    }
  }

  /** Makes room up to a stretch, by forgetting the oldest. */
  #advance(stretch: number): void {
    const from = Math.max(this.#newest + 1, stretch - stretches + 1);
    for (let next = from; next <= stretch; next++) this.#ring.fill(0, placeOf(next), placeOf(next) + 3);
    this.#newest = Math.max(this.#newest, stretch);
  }
}

function placeOf(stretch: number): number {
  return (((stretch % stretches) + stretches) % stretches) * 3;
}
