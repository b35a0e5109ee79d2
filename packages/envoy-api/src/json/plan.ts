import type { MessageDescriptor } from "../descriptors/descriptor.ts";
import type { Violation } from "../validate/violation.ts";
import type { EncodeContext } from "./context.ts";

/** Writes a JSON value as the fields of a message, without tag and length. */
export type Encoder = (json: unknown, context: EncodeContext) => void;

/** A field, compiled. */
export interface FieldPlan {
  readonly number: number;
  readonly oneof: string | undefined;
  /** Whether null is a value and not "unset". */
  readonly takesNull: boolean;
  /** Writes tag and value of a JSON value that is not "unset". */
  readonly encode: Encoder;
}

/** A message type, compiled. */
export interface MessagePlan {
  readonly descriptor: MessageDescriptor;
  /** The fields by both of their names. */
  readonly fields: ReadonlyMap<string, FieldPlan>;
  readonly hasOneofs: boolean;
  /** What is wrong when a field is not set, ascending by number. */
  readonly absent: readonly AbsentRule[];
  readonly requiredOneofs: readonly RequiredOneof[];
}

/** A rule that a field breaks by not being set. */
export interface AbsentRule {
  readonly number: number;
  readonly name: string;
  readonly violation: Violation;
}

/** A oneof that must have a member. */
export interface RequiredOneof {
  readonly name: string;
  readonly violation: Violation;
}

/** Whether `json` can be a message or a map. */
export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json) && !ArrayBuffer.isView(json);
}
