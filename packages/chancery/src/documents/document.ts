import type { Problem } from "@chancery/xds";
import type { KeyedList } from "../keyed-list.ts";

/** One piece of configuration as received, not yet understood. */
export interface Document {
  /** Where it came from, as a person would say it, such as a file's path. */
  readonly origin: string;
  readonly content: unknown;
  /**
   * What the content has under each of its keys, for a document that comes in a form in which two are compared quickly:
   * what did not change is the same object, and objects by name are a `KeyedList`.
   */
  readonly sections?: KeyedList<unknown>;
  /** Whether texts may be in it that are no Unicode, since it was read of escapes. */
  readonly mayHaveHalves?: boolean;
  /** What is wrong with the text, and costs none of its objects, such as one that is there twice; none if left out. */
  readonly problems?: readonly LocatedProblem[];
  /**
   * Returns what finds the place of a problem's path in the text. It parses the text again, so that a good document
   * holds no syntax tree.
   */
  positions(): (path: string) => Position | undefined;
}

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem, and where the text stands that has it. */
export interface LocatedProblem extends Problem {
  readonly origin: string;
  readonly position?: Position;
}

/** Says where a document is, in the form that editors and terminals open: `gateway.yaml:12:5`. */
export function formatPlace(origin: string, position: Position | undefined): string {
  return position === undefined ? origin : `${origin}:${position.line}:${position.column}`;
}
