import type { Api } from "../descriptors/api.ts";
import { WireError } from "../wire/index.ts";
import { maxDepth } from "./context.ts";

/** What JSON is made of. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object while it is filled. */
export type JsonObject = Record<string, JsonValue>;

/** What one run of the decoder carries along. */
export interface DecodeContext {
  readonly api: Api;
  readonly names: "proto" | "json";
  readonly redact: boolean;
  /** Whether an Any that cannot be read is an error, and not shown as its bytes. */
  readonly strict: boolean;
  depth: number;
}

/** Reads the bytes of a message; `sensitive` is whether all of it is a secret. */
export type Decoder = (bytes: Uint8Array, context: DecodeContext, sensitive: boolean) => JsonValue;

/** What stands in the place of a secret. */
export const redactedText = "[redacted]";

/** Reads `read` one level deeper. */
export function nested<T>(context: DecodeContext, read: () => T): T {
  if (context.depth >= maxDepth) throw new WireError(`more than ${maxDepth} messages within each other`, 0);
  context.depth++;
  try {
    return read();
  } finally {
    context.depth--;
  }
}

/** Sets a key that comes from outside: `__proto__` too is only a name. */
export function setKey(object: JsonObject, key: string, value: JsonValue): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
