import type { Entry } from "./record.ts";

/** Upper bounds of the histogram's buckets, in seconds; one more bucket has what took longer. */
export const durationBounds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

export const statusClasses = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Requests, or connections, of one route to one cluster. */
export interface RequestSeries {
  readonly route: string;
  readonly cluster: string;
  /** How many there were of each of the `statusClasses`; connections are under `none`. */
  readonly byClass: readonly number[];
  readonly errors: number;
  /** How many took up to each bound and longer than the one before; the last is of those that took longer than all. */
  readonly buckets: readonly number[];
  readonly seconds: number;
}

export interface RequestCountsOptions {
  /** Pairs of route and cluster that are told apart; what is beyond counts as `(other)`. Default: 1,000. */
  readonly maxSeries?: number;
}

type Counting = { -readonly [Key in keyof RequestSeries]: RequestSeries[Key] } & {
  readonly byClass: number[];
  readonly buckets: number[];
};

/** Counts requests, errors and durations by route and upstream cluster. */
export class RequestCounts {
  readonly #maxSeries: number;
  readonly #byRoute = new Map<string, Map<string, Counting>>();
  readonly #other: Counting = start(other, other);
  #size = 0;

  constructor({ maxSeries = 1_000 }: RequestCountsOptions = {}) {
    this.#maxSeries = maxSeries;
  }

  /** Counts an entry, if it is the end of a request or connection. */
  add(entry: Entry): void {
    if (!entry.isFinal) return;
    const series = this.#find(entry.routeName, entry.upstreamCluster);
    const { status } = entry;
    const index = Math.min(Math.floor(status / 100), statusClasses.length - 1);
    series.byClass[index] = (series.byClass[index] ?? 0) + 1;
    // A client that went away before the answer is no error of the service.
    if (status >= 500 || (status === 0 && entry.flags.some(({ failure }) => failure))) series.errors++;
    const { durationMs } = entry;
    if (durationMs === undefined) return;
    const bucket = toBucket(durationMs / 1000);
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    series.seconds += durationMs / 1000;
  }

  *[Symbol.iterator](): Generator<RequestSeries, void> {
    for (const clusters of this.#byRoute.values()) yield* clusters.values();
    if (this.#other.byClass.some((count) => count > 0)) yield this.#other;
  }

  #find(route: string, cluster: string): Counting {
    const known = this.#byRoute.get(route)?.get(cluster);
    if (known !== undefined) return known;
    if (this.#size >= this.#maxSeries) return this.#other;
    this.#size++;
    const series = start(route, cluster);
    const clusters = this.#byRoute.get(route) ?? new Map<string, Counting>();
    this.#byRoute.set(route, clusters.set(cluster, series));
    return series;
  }
}

/** How many requests there were. */
export function requestsOf({ byClass }: RequestSeries): number {
  return byClass.reduce((sum, count) => sum + count, 0);
}

/**
 * What share of the requests took no longer than the result, in milliseconds: as near as the buckets tell. Undefined
 * when none has a duration.
 */
export function quantileMs({ buckets }: RequestSeries, share: number): number | undefined {
  const wanted = buckets.reduce((sum, count) => sum + count, 0) * share;
  if (wanted === 0) return undefined;
  let below = 0;
  for (const [index, count] of buckets.entries()) {
    const low = durationBounds[index - 1] ?? 0;
    const high = durationBounds[index] ?? low;
    if (below + count >= wanted && count > 0) return 1000 * (low + ((high - low) * (wanted - below)) / count);
    below += count;
  }
  return undefined;
}

const other = "(other)";

function start(route: string, cluster: string): Counting {
  const byClass = statusClasses.map(() => 0);
  return { route, cluster, byClass, errors: 0, buckets: [...durationBounds.map(() => 0), 0], seconds: 0 };
}

function toBucket(seconds: number): number {
  const index = durationBounds.findIndex((bound) => seconds <= bound);
  return index < 0 ? durationBounds.length : index;
}
