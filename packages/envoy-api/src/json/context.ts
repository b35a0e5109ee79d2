import { WireWriter } from "../wire/index.ts";
import type { FieldPlan } from "./plan.ts";
import { formatPath, type JsonProblem, type PathSegment } from "./problem.ts";

/** Messages within messages before the input is refused; Envoy's own parser stops at 100. */
export const maxDepth = 100;

/** What one run of the encoder carries along. */
export interface EncodeContext {
  readonly writer: WireWriter;
  /** Where the encoder stands: the first `pathLength` segments. */
  readonly path: PathSegment[];
  pathLength: number;
  readonly problems: JsonProblem[];
  readonly prefix: string;
  readonly maxProblems: number;
  /** Whether an Any of a type that is not known is taken as its bytes. */
  readonly opaqueAny: boolean;
  /** Whether protoc-gen-validate's rules are enforced here. */
  validate: boolean;
  depth: number;
  /** The fields set in the messages being written, innermost last; `top` is how many. */
  readonly fields: FieldPlan[];
  /** What the user called them, and gave them. */
  readonly keys: string[];
  readonly values: unknown[];
  top: number;
}

export type ContextOptions = Pick<EncodeContext, "prefix" | "maxProblems" | "opaqueAny" | "validate">;

/** A context at the beginning of a message. */
export function createContext(options: ContextOptions): EncodeContext {
  const { prefix, maxProblems, opaqueAny, validate } = options;
  const writer = spareWriter ?? new WireWriter(1024);
  spareWriter = undefined;
  // Written out: to copy the options takes as long as a small message.
  return {
    writer,
    path: [],
    pathLength: 0,
    problems: [],
    prefix,
    maxProblems,
    opaqueAny,
    validate,
    depth: 0,
    fields: [],
    keys: [],
    values: [],
    top: 0,
  };
}

/** The last writer given back: making one costs more than encoding a small message. */
let spareWriter: WireWriter | undefined;

/** Ends a run of the encoder: what it wrote, if that is a message. */
export function finishContext({ writer, problems }: EncodeContext): Uint8Array<ArrayBuffer> | undefined {
  const bytes = problems.length > 0 ? undefined : writer.finish();
  spareWriter = writer.truncate(0);
  return bytes;
}

/** Moves on to a place below the one where the encoder stands. */
export function enter(context: EncodeContext, segment: PathSegment): void {
  context.path[context.pathLength++] = segment;
}

/** Moves back from the place `enter` led to. */
export function leave(context: EncodeContext): void {
  context.pathLength--;
}

/** Whether there are as many problems as were asked for; looking for hints is not worth it then. */
export function isFull(context: EncodeContext): boolean {
  return context.problems.length >= context.maxProblems;
}

/** Notes a problem where the encoder stands, unless there are enough already. */
export function report(context: EncodeContext, message: string, hint?: string): void {
  if (isFull(context)) return;
  const path = formatPath(context.prefix, context.path.slice(0, context.pathLength));
  context.problems.push(hint === undefined ? { path, message } : { path, message, hint });
}

/** Notes a problem at a place below the one where the encoder stands. */
export function reportAt(context: EncodeContext, segment: PathSegment, message: string, hint?: string): void {
  enter(context, segment);
  report(context, message, hint);
  leave(context);
}
