import type { Scenario, Size, Variant } from "./scenarios.ts";

/** One scenario at one size in one variant. */
export interface Case extends Size {
  readonly scenario: Scenario;
  readonly variant: Variant;
}

/** Says the same of two cases that are the same, as a file name can. */
export function caseKey({ scenario, variant, n, k }: Case): string {
  return `${scenario.name}-${variant}-${n}x${k}`;
}
