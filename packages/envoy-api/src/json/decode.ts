import { type Api, envoyApi } from "../descriptors/api.ts";
import { createDecoders } from "./decode-compile.ts";
import type { DecodeContext, Decoder, JsonValue } from "./decode-context.ts";

/** Settings of `decodeToJson`. */
export interface DecodeOptions {
  /** The API the type is looked up in. Default: Envoy's. */
  readonly api?: Api;
  /** Whether secrets are hidden. Default: false. */
  readonly redact?: boolean;
  /** Field names as in the proto files (`load_assignment`) or as JSON spells them (`loadAssignment`). Default: proto. */
  readonly names?: "proto" | "json";
}

/**
 * Reads a message of type `typeName` as proto3 JSON: https://protobuf.dev/programming-guides/json/. Every `Any` of a
 * known type is expanded; another is shown as `{"@type": url, "value": base64}`. Unknown fields are left out.
 *
 * With `redact`, fields marked as sensitive are hidden as Envoy's `/config_dump` hides them: text and bytes become
 * "[redacted]" (bytes in base64), within messages too, other values go; map keys stay. Of an `Any` or `TypedStruct`
 * whose type is not known only the type and a SHA-256 are shown.
 *
 * Throws WireError when the bytes are not such a message, RangeError when there is no such type.
 */
export function decodeToJson(typeName: string, bytes: Uint8Array, options: DecodeOptions = {}): JsonValue {
  const { api = envoyApi(), redact = false, names = "proto" } = options;
  return decodeWith(typeName, bytes, { api, redact, names, strict: false, depth: 0 });
}

/** The same with every setting given. */
export function decodeWith(typeName: string, bytes: Uint8Array, context: DecodeContext): JsonValue {
  const decode = decodersOf(context.api)(typeName);
  if (decode === undefined) throw new RangeError(`There is no message type "${typeName}"`);
  return decode(bytes, context, false);
}

const decoders = new WeakMap<Api, (typeName: string) => Decoder | undefined>();

function decodersOf(api: Api): (typeName: string) => Decoder | undefined {
  let known = decoders.get(api);
  if (known === undefined) {
    known = createDecoders(api);
    decoders.set(api, known);
  }
  return known;
}
