import type { TestContext } from "node:test";

/** Shows figures beside the test, for docs/reliability.md. */
export function report(t: TestContext, figures: Readonly<Record<string, number | string>>): void {
  const texts = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === "number" ? round(value) : value}`,
  );
  t.diagnostic(texts.join(", "));
}

function round(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(value < 10 ? 2 : 0);
}

/** The value that `share` of the sorted-up values do not exceed: 0.5 is the median, 1 the worst. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
