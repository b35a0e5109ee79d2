import { formatProblem } from "@chancery/xds";
import { formatPlace, type LocatedProblem } from "./documents/document.ts";
import type { Logger } from "./logs.ts";

/** Logs the problems that were not there before, and what is good again. */
export function reportProblems(
  problems: readonly LocatedProblem[],
  last: readonly LocatedProblem[],
  log: Logger,
): void {
  const known = new Set(last.map(describe));
  for (const problem of problems) {
    const text = describe(problem);
    if (known.has(text)) continue;
    const { origin, path, code, severity, position } = problem;
    log[severity === "error" ? "error" : "warn"]({ origin, path, code, ...position }, text);
  }
  const bad = new Set(problems.map(({ origin }) => origin));
  for (const origin of new Set(last.map((problem) => problem.origin))) {
    if (!bad.has(origin)) log.info({ origin }, `${origin}: no problems any more`);
  }
}

function describe(problem: LocatedProblem): string {
  return `${formatPlace(problem.origin, problem.position)}: ${formatProblem(problem)}`;
}
