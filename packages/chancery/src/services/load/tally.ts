import type { Load } from "@chancery/xds/services";

/**
 * The requests of one client to one place: in all since it connected, and a second during the last interval. Numbers that
 * are written over where they stand: objects made anew by each report would be garbage when the next comes.
 */
export class Tally {
  /** The number of the last report that told of it. */
  report = 0;
  /** Requests that began, and errors. */
  readonly #counts = new BigUint64Array(2);
  #intervalMs = 1;
  #issuedNow = 0;
  #endedNow = 0;
  #errorsNow = 0;
  #inFlight = 0;

  /** Requests that began. */
  get requests(): bigint {
    return this.#counts[0] ?? 0n;
  }

  get errors(): bigint {
    return this.#counts[1] ?? 0n;
  }

  /** Adds what a report tells of an interval. */
  add(load: Load, intervalMs: number, report: number): void {
    const errors = Number(load.errors);
    this.report = report;
    this.#intervalMs = intervalMs;
    this.#issuedNow = Number(load.issued);
    this.#endedNow = Number(load.successful) + errors;
    this.#errorsNow = errors;
    this.#inFlight = Number(load.inProgress);
    this.#counts[0] = this.requests + load.issued;
    this.#counts[1] = this.errors + load.errors;
  }

  /** As the report of this number tells: what it does not tell of had no traffic. */
  ratesIn(report: number): Rates {
    if (report !== this.report) return still;
    const seconds = this.#intervalMs / 1_000;
    return {
      requestsPerSecond: this.#issuedNow / seconds,
      endedPerSecond: this.#endedNow / seconds,
      errorsPerSecond: this.#errorsNow / seconds,
      inFlight: this.#inFlight,
    };
  }
}

export interface Rates {
  readonly requestsPerSecond: number;
  /** Errors are a share of the requests that ended. */
  readonly endedPerSecond: number;
  readonly errorsPerSecond: number;
  /** Requests under way at the end of the interval. */
  readonly inFlight: number;
}

export const still: Rates = { requestsPerSecond: 0, endedPerSecond: 0, errorsPerSecond: 0, inFlight: 0 };

export function perSecond(count: bigint, intervalMs: number): number {
  return (Number(count) * 1_000) / intervalMs;
}
