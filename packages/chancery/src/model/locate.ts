import type { Problem } from "@chancery/xds";
import type { Document, LocatedProblem } from "../documents/document.ts";
import type { Found } from "./collect.ts";

/** Finds where problems stand in the text of their documents; each text is looked through once. */
export function locate(found: readonly Found[]): LocatedProblem[] {
  const positions = new Map<Document, ReturnType<Document["positions"]>>();
  return found.map(({ problem, document }) => {
    const known = located.get(problem);
    if (known?.document === document) return known.result;
    const find = positions.get(document) ?? document.positions();
    positions.set(document, find);
    const position = find(problem.path);
    const result = { ...problem, origin: document.origin, ...(position && { position }) };
    located.set(problem, { document, result });
    return result;
  });
}

/** A problem that stays is not looked for again. */
const located = new WeakMap<Problem, { readonly document: Document; readonly result: LocatedProblem }>();
