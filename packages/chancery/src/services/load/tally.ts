import type { Load } from "@chancery/xds/services";

/** The requests of one client to one place: in all since it connected, and a second during the last interval. */
export class Tally {
  /** Requests that began. */
  requests = 0n;
  errors = 0n;
  /** The number of the last report that told of it. */
  report = 0;
  #rates: Rates = still;

  /** Adds what a report tells of an interval. */
  add(load: Load, intervalMs: number, report: number): void {
    const ended = load.successful + load.errors;
    this.requests += load.issued;
    this.errors += load.errors;
    this.report = report;
    this.#rates = {
      requestsPerSecond: perSecond(load.issued, intervalMs),
      endedPerSecond: perSecond(ended, intervalMs),
      errorsPerSecond: perSecond(load.errors, intervalMs),
      inFlight: Number(load.inProgress),
    };
  }

  /** As the report of this number tells: what it does not tell of had no traffic. */
  ratesIn(report: number): Rates {
    return report === this.report ? this.#rates : still;
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
