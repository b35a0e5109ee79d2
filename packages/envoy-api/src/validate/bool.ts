import type { BoolRules } from "../descriptors/rules.ts";
import type { Check } from "./violation.ts";

/** The check of `BoolRules`. */
export function boolCheck(rules: BoolRules | undefined): Check<boolean> | undefined {
  const wanted = rules?.const;
  if (wanted === undefined) return undefined;
  return (value) => (value === wanted ? undefined : { message: `must be ${wanted}` });
}
