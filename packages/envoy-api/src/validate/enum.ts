import type { EnumDescriptor } from "../descriptors/descriptor.ts";
import type { EnumRules } from "../descriptors/rules.ts";
import { listedCheck } from "./range.ts";
import { allOf, type Check } from "./violation.ts";

/** The check of `EnumRules`. */
export function enumCheck(
  rules: EnumRules | undefined,
  descriptor: EnumDescriptor | undefined,
): Check<number> | undefined {
  if (rules === undefined || descriptor === undefined) return undefined;
  const { name, names } = descriptor;
  const say = (value: number) => names.get(value) ?? String(value);
  const defined: Check<number> = (value) =>
    names.has(value) ? undefined : { message: `${value} is not a value of ${name}` };
  return allOf([rules.definedOnly ? defined : undefined, listedCheck(rules, { compare: (a, b) => a - b, say })]);
}
