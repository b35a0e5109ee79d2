import type { StringRules } from "../descriptors/rules.ts";
import { headerCheck } from "./header.ts";
import { lengthCheck } from "./length.ts";
import { patternCheck } from "./pattern.ts";
import { listedCheck } from "./range.ts";
import { allOf, type Check } from "./violation.ts";
import { wellKnownCheck } from "./well-known.ts";

/** The check of `StringRules`. */
export function stringCheck(rules: StringRules | undefined): Check<string> | undefined {
  if (rules === undefined) return undefined;
  const { prefix, suffix, contains, notContains, pattern } = rules;
  const check = allOf<string>([
    listedCheck(rules, { compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0), say: JSON.stringify }),
    characterCheck(rules),
    byteCheck(rules),
    partCheck(prefix, (value, part) => value.startsWith(part), "must begin with"),
    partCheck(suffix, (value, part) => value.endsWith(part), "must end with"),
    partCheck(contains, (value, part) => value.includes(part), "must contain"),
    partCheck(notContains, (value, part) => !value.includes(part), "must not contain"),
    pattern === undefined ? undefined : patternCheck(pattern),
    wellKnownCheck(rules),
    headerCheck(rules),
  ]);
  if (check === undefined || !rules.ignoreEmpty) return check;
  return (value) => (value === "" ? undefined : check(value));
}

/** How long an ASCII text may be, if the rules say nothing else of it. */
export function onlyLengths(
  rules: StringRules | undefined,
): { readonly min: number; readonly max: number } | undefined {
  if (rules === undefined) return { min: 0, max: Number.POSITIVE_INFINITY };
  const { len, minLen, maxLen, lenBytes, minBytes, maxBytes, ...others } = rules;
  const none = { len: undefined, minLen: undefined, maxLen: undefined };
  const noBytes = { lenBytes: undefined, minBytes: undefined, maxBytes: undefined };
  if (rules.ignoreEmpty || stringCheck({ ...others, ...none, ...noBytes }) !== undefined) return undefined;
  const infinity = Number.POSITIVE_INFINITY;
  return {
    min: Math.max(len ?? minLen ?? 0, lenBytes ?? minBytes ?? 0),
    max: Math.min(len ?? maxLen ?? infinity, lenBytes ?? maxBytes ?? infinity),
  };
}

/** Characters are Unicode code points. */
function characterCheck({ len, minLen, maxLen }: StringRules): Check<string> | undefined {
  const check = lengthCheck(len, minLen, maxLen, "character");
  const least = 2 * (len ?? minLen ?? 0);
  const most = len ?? maxLen ?? Number.POSITIVE_INFINITY;
  // A code point takes one or two units: most texts need no counting.
  return (
    check && ((value) => (value.length >= least && value.length <= most ? undefined : check(countCodePoints(value))))
  );
}

function byteCheck({ lenBytes, minBytes, maxBytes }: StringRules): Check<string> | undefined {
  const check = lengthCheck(lenBytes, minBytes, maxBytes, "byte");
  return check && ((value) => check(Buffer.byteLength(value)));
}

function countCodePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

function partCheck(
  part: string | undefined,
  holds: (value: string, part: string) => boolean,
  message: string,
): Check<string> | undefined {
  if (part === undefined) return undefined;
  return (value) => (holds(value, part) ? undefined : { message: `${message} "${part}"` });
}
