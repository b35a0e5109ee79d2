import { formatProblem } from "@chancery/xds";
import { formatPlace, type LocatedProblem } from "../documents/document.ts";
import { escapeControls } from "../text-safety.ts";
import type { Io } from "./command.ts";

/** Writes what is wrong in files beside what a command is asked for; returns whether some of it is an error. */
export function writeProblems(problems: readonly LocatedProblem[], io: Pick<Io, "stderr">): boolean {
  for (const problem of sortProblems(problems)) {
    const place = formatPlace(problem.origin, problem.position);
    io.stderr.write(`${escapeControls(`${place}: ${formatProblem(problem)}`)}\n`);
  }
  return problems.some(({ severity }) => severity === "error");
}

/** By place: file, line, column. What has no place in its file comes first. */
export function sortProblems(problems: readonly LocatedProblem[]): readonly LocatedProblem[] {
  return [...problems].sort(
    (a, b) =>
      compare(a.origin, b.origin) ||
      compare(a.position?.line ?? 0, b.position?.line ?? 0) ||
      compare(a.position?.column ?? 0, b.position?.column ?? 0) ||
      compare(a.message, b.message),
  );
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
