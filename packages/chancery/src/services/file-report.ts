import type { LocatedProblem } from "../documents/document.ts";
import type { Logger } from "../logs.ts";
import { reportProblems } from "../report.ts";

/** What is wrong in the files of a service, of which all is used, or, while there is a mistake anywhere, nothing. */
export class FileReport {
  readonly #log: Logger;
  readonly #reloads = new Map<"good" | "bad", number>([
    ["good", 0],
    ["bad", 0],
  ]);
  #problems: readonly LocatedProblem[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** What is wrong now. */
  get problems(): readonly LocatedProblem[] {
    return this.#problems;
  }

  /** How often there was something new, by whether it was used. */
  get reloads(): ReadonlyMap<"good" | "bad", number> {
    return this.#reloads;
  }

  /** Takes what is wrong now, and logs what of it is new. Returns whether the files may be used. */
  take(problems: readonly LocatedProblem[]): boolean {
    const isGood = problems.every(({ severity }) => severity !== "error");
    reportProblems(problems, this.#problems, this.#log);
    this.#problems = problems;
    const result = isGood ? "good" : "bad";
    this.#reloads.set(result, (this.#reloads.get(result) ?? 0) + 1);
    return isGood;
  }
}
