import { z } from "zod";
import { formatPlace, type LocatedProblem } from "../documents/document.ts";

/** A problem of a service's files, as the API has it. */
export const problemMessage = z.object({
  severity: z.enum(["error", "warning"]),
  place: z.string().describe("Such as `limits/edge.yaml:12:5`"),
  path: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});

export function toProblemMessage(problem: LocatedProblem): z.infer<typeof problemMessage> {
  const { severity, origin, position, path, message, hint } = problem;
  return { severity, place: formatPlace(origin, position), path, message, ...(hint !== undefined && { hint }) };
}

/** How many there are of each severity. */
export function countProblems(problems: readonly LocatedProblem[]): ReadonlyMap<string, number> {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return new Map([
    ["error", errors],
    ["warning", problems.length - errors],
  ]);
}
