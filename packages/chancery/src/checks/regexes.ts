import { join } from "../model/issues.ts";
import type { ItemProblem, Model } from "../model/model.ts";
import { checkRegex } from "../re2.ts";
import { error } from "./finding.ts";
import { rulesOf } from "./rules.ts";

/** Regular expressions that RE2 refuses: Envoy would refuse the whole table of routes with them. */
export function checkRegexes(model: Model): readonly ItemProblem[] {
  return rulesOf(model).flatMap(({ item, rule, path }) =>
    regexesIn(rule, path).flatMap(([place, regex]) => {
      const found = checkRegex(regex);
      return found === undefined
        ? []
        : [error(item, { code: "wrong-regex", path: place, message: found.message, hint: found.hint })];
    }),
  );
}

/** Every expression within a rule, and where it stands: wherever one is said, its key is `regex` or `pattern`. */
function regexesIn(value: unknown, path: string): readonly (readonly [path: string, regex: string])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const place = join(path, Array.isArray(value) ? Number(key) : key);
    if ((key === "regex" || key === "pattern") && typeof part === "string") return [[place, part] as const];
    return regexesIn(part, place);
  });
}
