import type { NumberRules } from "../descriptors/rules.ts";
import { listedCheck, type Order, rangeCheck } from "./range.ts";
import { allOf, type Check } from "./violation.ts";

const order: Order<number | bigint> = {
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN),
  say: String,
};

/** The check of the rules of all number types. */
export function numberCheck(rules: NumberRules | undefined): Check<number | bigint> | undefined {
  if (rules === undefined) return undefined;
  const check = allOf([rangeCheck(rules, order), listedCheck(rules, order)]);
  if (check === undefined || !rules.ignoreEmpty) return check;
  return (value) => (Number(value) === 0 ? undefined : check(value));
}
