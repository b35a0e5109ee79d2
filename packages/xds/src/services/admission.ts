import { type Admission, Code, type Status } from "../grpc/index.ts";

export interface AdmissionOptions {
  /**
   * How long calls may wait for their turn, in milliseconds. When all of them have waited for longer, for a tenth of a
   * second, some are refused, and more of them until the others wait less. Default: 10.
   */
  readonly maxDelayMs?: number;
  /** Calls that may wait for their decision at a time; more are refused. Default: 10,000. */
  readonly maxPending?: number;
  /** Told when calls begin to be refused, and when it is over. */
  readonly onChange?: (overloaded: boolean) => void;
}

/** What became of calls. A live view. */
export interface AdmissionStats {
  /** Calls that were made. */
  readonly admitted: number;
  /** Calls that were refused as UNAVAILABLE because there were too many. */
  readonly shed: number;
  /** Calls that wait for their decision. */
  readonly pending: number;
  /** What part of the calls is refused now, from 0 to 0.9. */
  readonly shedShare: number;
}

/**
 * Refuses calls when there are more than can be made in time, as early and as few as help. What counts is how long calls
 * waited in the sockets, and of those of a while the shortest wait, so that a burst or a pause of the process is no
 * overload. One call in ten is always made, for one that is refused costs time too.
 */
export class AdmissionControl implements Admission {
  readonly #maxDelayMs: number;
  readonly #maxPending: number;
  readonly #onChange: (overloaded: boolean) => void;
  readonly #now: () => number;
  readonly #stats = { admitted: 0, shed: 0, pending: 0, shedShare: 0 };
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #shortestMs = Number.POSITIVE_INFINITY;
  #wasLate = false;
  /** Calls that are to be refused already, as a fraction of one. */
  #due = 0;

  /** `now` is the time in milliseconds, `performance.now` by default. */
  constructor(options: AdmissionOptions = {}, now: () => number = () => performance.now()) {
    const { maxDelayMs = 10, maxPending = 10_000, onChange = () => {} } = options;
    for (const [name, value] of Object.entries({ maxDelayMs, maxPending })) {
      if (!(value > 0)) throw new RangeError(`${name} is ${value}: it must be a number above 0`);
    }
    this.#maxDelayMs = maxDelayMs;
    this.#maxPending = maxPending;
    this.#onChange = onChange;
    this.#now = now;
  }

  get stats(): AdmissionStats {
    return this.#stats;
  }

  admit(waitedMs: number): Status | undefined {
    const nowMs = this.#now();
    if (nowMs >= this.#windowEndMs) this.#adjust(nowMs);
    if (waitedMs < this.#shortestMs) this.#shortestMs = waitedMs;
    this.#due += this.#stats.shedShare;
    if (this.#due < 1 && this.#stats.pending < this.#maxPending) {
      this.#stats.admitted++;
      return undefined;
    }
    if (this.#due >= 1) this.#due--;
    this.#stats.shed++;
    return refusal;
  }

  /** Counts a call that waits until its decision is made. */
  async wait<T>(decision: Promise<T>): Promise<T> {
    this.#stats.pending++;
    try {
      return await decision;
    } finally {
      this.#stats.pending--;
    }
  }

  /** Refuses more calls when all have waited for too long twice in a row, fewer when one has waited for half of that. */
  #adjust(nowMs: number): void {
    const windows = Math.floor((nowMs - this.#windowEndMs) / windowMs) + 1;
    const isLate =
      windows === 1 && this.#shortestMs !== Number.POSITIVE_INFINITY && this.#shortestMs > this.#maxDelayMs;
    const before = this.#stats.shedShare;
    if (isLate && this.#wasLate) this.#set(before + stepUp);
    else if (windows > 1 || this.#shortestMs < this.#maxDelayMs / 2) this.#set(before - windows * stepDown);
    this.#wasLate = isLate;
    this.#windowEndMs = nowMs + windowMs;
    this.#shortestMs = Number.POSITIVE_INFINITY;
  }

  #set(share: number): void {
    const before = this.#stats.shedShare;
    this.#stats.shedShare = Math.min(maxShare, Math.max(0, share));
    if (this.#stats.shedShare === 0) this.#due = 0;
    if ((before === 0) !== (this.#stats.shedShare === 0)) this.#onChange(before === 0);
  }
}

const windowMs = 50;
const maxShare = 0.9;
const stepUp = 0.15;
const stepDown = 0.05;

const refusal: Status = {
  code: Code.UNAVAILABLE,
  message: "more is asked here than can be answered; try another server, or later",
};
