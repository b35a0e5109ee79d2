import { formatProblem } from "@chancery/xds";
import { formatPlace, type LocatedProblem } from "./documents/document.ts";
import type { Logger } from "./logs.ts";

/** How many of one origin are logged at once. */
const maxProblems = 20;

/** Logs the problems that were not there before, and what is good again. */
export function reportProblems(
  problems: readonly LocatedProblem[],
  last: readonly LocatedProblem[],
  log: Logger,
): void {
  const known = new Set(last.map(describe));
  const fresh = problems.filter((problem) => !known.has(describe(problem)));
  for (const [origin, found] of Map.groupBy(fresh, (problem) => problem.origin)) {
    for (const problem of found.slice(0, maxProblems)) {
      const { path, code, severity, position } = problem;
      log[severity === "error" ? "error" : "warn"]({ origin, path, code, ...position }, describe(problem));
    }
    const more = found.length - maxProblems;
    if (more > 0) log.error({ origin, more }, `${origin}: and ${more} more problems`);
  }
  const bad = new Set(problems.map(({ origin }) => origin));
  for (const origin of new Set(last.map((problem) => problem.origin))) {
    if (!bad.has(origin)) log.info({ origin }, `${origin}: no problems any more`);
  }
}

function describe(problem: LocatedProblem): string {
  return `${formatPlace(problem.origin, problem.position)}: ${formatProblem(problem)}`;
}
