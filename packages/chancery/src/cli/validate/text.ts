import { formatPlace, type LocatedProblem } from "../../documents/document.ts";
import { escapeControls } from "../../text-safety.ts";
import { type Paint, plain } from "../color.ts";

export interface FormatProblemsOptions {
  /** How many files there were. */
  readonly files: number;
  readonly paint?: Paint;
}

/** Problems for a person, in the order given: place, severity, what is wrong, code, and what would be right; then a sum. */
export function formatProblems(
  problems: readonly LocatedProblem[],
  { files, paint = plain }: FormatProblemsOptions,
): string {
  return [...problems.map((problem) => formatOne(problem, paint)), sumUp(problems, files)]
    .map((line) => `${line}\n`)
    .join("");
}

function formatOne({ origin, position, severity, code, path, message, hint }: LocatedProblem, paint: Paint): string {
  const place = paint("bold", escapeControls(formatPlace(origin, position)));
  const color = severity === "error" ? "red" : "yellow";
  const what = escapeControls(path === "" ? message : `${path}: ${message}`);
  const head = `${place}: ${paint(color, severity)}: ${what} ${paint("dim", `[${code}]`)}`;
  return hint === undefined ? head : `${head}\n  ${escapeControls(hint)}`;
}

function sumUp(problems: readonly LocatedProblem[], files: number): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const sum = problems.length === 0 ? "nothing is wrong" : `${count(errors, "error")}, ${count(warnings, "warning")}`;
  return `${count(files, "file")}: ${sum}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
