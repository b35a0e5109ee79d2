import type { Item, ItemProblem } from "../model/model.ts";

/** Where something is wrong, and what the mend is. */
export interface Finding {
  readonly code: string;
  /** Within the object; "" for all of it. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A mistake: what has it does not do what it says. */
export function error(item: Item, finding: Finding): ItemProblem {
  return toProblem("error", item, finding);
}

/** Something that is probably not meant. */
export function warning(item: Item, finding: Finding): ItemProblem {
  return toProblem("warning", item, finding);
}

function toProblem(severity: "error" | "warning", item: Item, { code, path, message, hint }: Finding): ItemProblem {
  return { item, problem: { severity, code, path, message, ...(hint !== undefined && { hint }) } };
}
