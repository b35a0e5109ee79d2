import type { Range } from "../descriptors/rules.ts";
import type { Check } from "./violation.ts";

/** How values are ordered and said. */
export interface Order<T> {
  /** Negative, 0 or positive as `a` comes before, with or after `b`; NaN when they have no order. */
  compare(a: T, b: T): number;
  say(value: T): string;
}

/**
 * The check of bounds. An upper bound that is not above the lower one turns the range inside out: values must lie
 * below the upper or above the lower.
 */
export function rangeCheck<T>(range: Range<T>, order: Order<T>): Check<T> | undefined {
  const upper = range.lt ?? range.lte;
  const lower = range.gt ?? range.gte;
  if (upper === undefined && lower === undefined) return undefined;
  const { compare, say } = order;
  const tooHigh = (value: T) =>
    upper !== undefined && (range.lt === undefined ? compare(value, upper) > 0 : compare(value, upper) >= 0);
  const tooLow = (value: T) =>
    lower !== undefined && (range.gt === undefined ? compare(value, lower) < 0 : compare(value, lower) <= 0);
  const below = upper === undefined ? "" : `${range.lt === undefined ? "at most" : "less than"} ${say(upper)}`;
  const above = lower === undefined ? "" : `${range.gt === undefined ? "at least" : "greater than"} ${say(lower)}`;
  if (upper !== undefined && lower !== undefined && !(compare(upper, lower) > 0)) {
    return (value) =>
      tooHigh(value) && tooLow(value) ? { message: `must be ${below} or ${above}, not ${say(value)}` } : undefined;
  }
  const bounds = [above, below].filter((bound) => bound !== "").join(" and ");
  return (value) => (tooHigh(value) || tooLow(value) ? { message: `must be ${bounds}, not ${say(value)}` } : undefined);
}

/** The check of `const`, `in` and `not_in`. */
export function listedCheck<T>(
  rules: { readonly const: T | undefined; readonly in: readonly T[]; readonly notIn: readonly T[] },
  order: Order<T>,
): Check<T> | undefined {
  const { compare, say } = order;
  const listed = (values: readonly T[], value: T) => values.some((other) => compare(other, value) === 0);
  const wanted = rules.const === undefined ? rules.in : [rules.const];
  if (wanted.length === 0 && rules.notIn.length === 0) return undefined;
  const choice = wanted.map(say).join(", ");
  return (value) => {
    if (wanted.length > 0 && !listed(wanted, value)) {
      return { message: `must be ${wanted.length === 1 ? "" : "one of "}${choice}, not ${say(value)}` };
    }
    return listed(rules.notIn, value) ? { message: `must not be ${say(value)}` } : undefined;
  };
}
