import type { Metrics } from "./median.ts";
import { formatNumber } from "./number.ts";
import { toTable } from "./table.ts";

/** What one figure of a program is to be. */
export interface Aim {
  readonly figure: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Prints below the figures whether they are what they are to be; nothing for who reads JSON. */
export function printAims(metrics: Metrics, aims: readonly Aim[]): void {
  if (process.argv.includes("--json")) return;
  const rows = aims.map(({ figure, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }) => {
    const value = metrics[figure] ?? Number.NaN;
    const wanted = atMost === Number.POSITIVE_INFINITY ? `≥ ${atLeast}` : `≤ ${atMost}`;
    return [figure, formatNumber(value), wanted, value <= atMost && value >= atLeast ? "yes" : "no"];
  });
  console.log(`\n${toTable([["goal", "", "", "met"], ...rows], 1)}`);
}
