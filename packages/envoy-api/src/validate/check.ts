import type { Api } from "../descriptors/api.ts";
import type { FieldDescriptor } from "../descriptors/descriptor.ts";
import type { AnyRules, DurationRules, FieldRules, Time, TimestampRules } from "../descriptors/rules.ts";
import type { Scalar } from "../json/scalar.ts";
import { boolCheck } from "./bool.ts";
import { bytesCheck } from "./bytes.ts";
import { enumCheck } from "./enum.ts";
import { numberCheck } from "./number.ts";
import { stringCheck } from "./string.ts";
import { timeCheck } from "./time.ts";
import { allOf, type Check } from "./violation.ts";

/**
 * The check of a scalar's rules. Rules of another type than the field's cannot occur: protoc-gen-validate refuses them.
 */
export function checkScalar(
  field: FieldDescriptor,
  rules: FieldRules | undefined,
  api: Api,
): Check<Scalar> | undefined {
  if (rules === undefined) return undefined;
  const check =
    numberCheck(rules.number) ??
    stringCheck(rules.string) ??
    enumCheck(rules.enum, api.enum(field.typeName)) ??
    boolCheck(rules.bool) ??
    bytesCheck(rules.bytes);
  return check as Check<Scalar> | undefined; // it is only given values of the field's type
}

/** The check of how many items a list, or entries a map, has. */
export function checkCount(rules: FieldRules | undefined): Check<number> | undefined {
  const { repeated, map } = rules ?? {};
  if (repeated !== undefined) return count(repeated.minItems, repeated.maxItems, repeated.ignoreEmpty, itemNouns);
  if (map !== undefined) return count(map.minPairs, map.maxPairs, map.ignoreEmpty, entryNouns);
  return undefined;
}

/** The check of a duration's or timestamp's rules. */
export function checkTime(rules: DurationRules | TimestampRules | undefined): Check<Time> | undefined {
  return rules === undefined ? undefined : timeCheck(rules);
}

/** The check of the type URL in an Any's JSON. */
export function checkAnyType(rules: AnyRules | undefined): Check<unknown> | undefined {
  if (rules === undefined || rules.in.length + rules.notIn.length === 0) return undefined;
  return (json) => {
    const said = typeof json === "object" && json !== null && "@type" in json ? json["@type"] : undefined;
    const url = typeof said === "string" ? said : "";
    if (rules.in.length > 0 && !rules.in.includes(url)) {
      return { message: `the type must be one of ${rules.in.map((type) => `"${type}"`).join(", ")}` };
    }
    return rules.notIn.includes(url) ? { message: `the type must not be "${url}"` } : undefined;
  };
}

const itemNouns = ["item", "items"] as const;
const entryNouns = ["entry", "entries"] as const;

function count(
  min: number | undefined,
  max: number | undefined,
  ignoreEmpty: boolean,
  nouns: readonly [one: string, many: string],
): Check<number> | undefined {
  const said = (number: number) => `${number} ${number === 1 ? nouns[0] : nouns[1]}`;
  const check = allOf<number>([
    (min && ((size) => (size < min ? { message: `must have at least ${said(min)}` } : undefined))) || undefined,
    max === undefined
      ? undefined
      : (size) => (size > max ? { message: `must have at most ${said(max)}, not ${size}` } : undefined),
  ]);
  return check === undefined || !ignoreEmpty ? check : (size) => (size === 0 ? undefined : check(size));
}
