import type { Distribution } from "@chancery/xds/services";

/** The observations of a histogram or a summary, added up over the intervals that a node told of. */
export class Observations {
  count = 0;
  sum = 0;
  bounds: readonly number[] = [];
  /** Of a histogram, how many were up to each bound; of a summary, the values of its quantiles in the last interval. */
  values: Float64Array = new Float64Array();

  addBuckets({ count, sum, bounds, values }: Distribution): void {
    // Other bounds are another histogram: it begins anew, as it does when a node starts again.
    if (!isSame(bounds, this.bounds)) {
      this.bounds = bounds;
      this.values = new Float64Array(bounds.length);
      this.count = 0;
      this.sum = 0;
    }
    this.count += count;
    this.sum += sum;
    for (let index = 0; index < values.length; index++)
      this.values[index] = (this.values[index] ?? 0) + (values[index] ?? 0);
  }

  /** Quantiles cannot be added up: those of the last interval stand. */
  setQuantiles({ count, sum, bounds, values }: Distribution): void {
    this.count += count;
    this.sum += sum;
    this.bounds = bounds;
    this.values = Float64Array.from(values);
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
