import type { DurationRules, Time, TimestampRules } from "../descriptors/rules.ts";
import { durationCodec, timestampCodec } from "../json/time.ts";
import { listedCheck, type Order, rangeCheck } from "./range.ts";
import { allOf, type Check } from "./violation.ts";

/** The check of `DurationRules` and `TimestampRules`; `required` is checked where the field is. */
export function timeCheck(rules: DurationRules | TimestampRules): Check<Time> | undefined {
  const order: Order<Time> = { compare, say: "in" in rules ? durationCodec.toJson : timestampCodec.toJson };
  if ("in" in rules) return allOf([rangeCheck(rules, order), listedCheck(rules, order)]);
  return allOf([
    rangeCheck(rules, order),
    listedCheck({ const: rules.const, in: [], notIn: [] }, order),
    rules.ltNow ? (time) => (secondsFromNow(time) < 0 ? undefined : { message: "must be in the past" }) : undefined,
    rules.gtNow ? (time) => (secondsFromNow(time) > 0 ? undefined : { message: "must be in the future" }) : undefined,
    withinCheck(rules.within),
  ]);
}

function compare(a: Time, b: Time): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

function withinCheck(within: Time | undefined): Check<Time> | undefined {
  if (within === undefined) return undefined;
  const message = `must be within ${durationCodec.toJson(within)} of now`;
  return (time) => (Math.abs(secondsFromNow(time)) <= inSeconds(within) ? undefined : { message });
}

function secondsFromNow(time: Time): number {
  return inSeconds(time) - Date.now() / 1000;
}

function inSeconds({ seconds, nanos }: Time): number {
  return seconds + nanos / 1e9;
}
