import type { z } from "zod";
import type { Authored } from "./values.ts";

/**
 * What of some content the schema takes: a field that it refuses, as a name that the model does not know, is left out, so
 * that a patch says it. Undefined if there is nothing left that it takes.
 */
export function fit(schema: z.ZodType, content: Authored): Authored | undefined {
  let left = content;
  for (;;) {
    const result = schema.safeParse(left);
    if (result.success) return left;
    const wrong = new Set(result.error.issues.flatMap(pathsOf).filter((key) => key in left));
    if (wrong.size === 0) return undefined;
    left = Object.fromEntries(Object.entries(left).filter(([key]) => !wrong.has(key)));
  }
}

/** The fields of the content that an issue is about. */
function pathsOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.path.length > 0) return [String(issue.path[0])];
  if (issue.code === "unrecognized_keys") return issue.keys;
  return issue.code === "invalid_union" ? issue.errors.flatMap((issues) => issues.flatMap(pathsOf)) : [];
}
