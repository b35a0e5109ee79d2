import { envoyApi } from "../descriptors/api.ts";
import { decodeWith } from "../json/decode.ts";
import { type EncodeOptions, encodeWith } from "../json/encode.ts";
import type { JsonProblem } from "../json/problem.ts";
import { WireError } from "../wire/index.ts";

/** Settings of `validateBytes`. */
export type ValidateOptions = Omit<EncodeOptions, "validate">;

/**
 * Checks a serialized message of type `typeName` by protoc-gen-validate's rules, as `encodeJson` checks JSON: the
 * problems, none when there are none. An `Any` of a type that is not known is not looked into. Bytes that are no such
 * message are one problem. Throws RangeError when there is no such type.
 */
export function validateBytes(
  typeName: string,
  bytes: Uint8Array,
  options: ValidateOptions = {},
): readonly JsonProblem[] {
  const { api = envoyApi(), path = "", maxProblems = 20 } = options;
  try {
    const json = decodeWith(typeName, bytes, { api, redact: false, names: "proto", strict: true, depth: 0 });
    const again = encodeWith(api, typeName, json, { prefix: path, maxProblems, validate: true, opaqueAny: true });
    return again.ok ? [] : again.problems;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return [{ path, message: `must be a valid ${typeName}: ${error.message}` }];
  }
}
