import { typeNameOf } from "../descriptors/type-url.ts";
import { hashOf } from "./decode-any.ts";
import type { DecodeContext, Decoder, JsonObject, JsonValue } from "./decode-context.ts";
import { encodeWith } from "./encode.ts";
import { isObject } from "./plan.ts";

/** Whether a message type carries another as JSON, to be redacted as what it stands for. */
export function isTypedStruct(typeName: string): boolean {
  return typeName === "xds.type.v3.TypedStruct" || typeName === "udpa.type.v1.TypedStruct";
}

/**
 * Hides the secrets of a TypedStruct: its value is read as the type it names, redacted, and shown again. Of a type
 * that is not known only a hash is shown, since nothing tells where its secrets are.
 */
export function redactTypedStruct(
  struct: JsonObject,
  context: DecodeContext,
  sensitive: boolean,
  decoderOf: (typeName: string) => Decoder | undefined,
): JsonObject {
  const { value, ...rest } = struct;
  if (value === undefined) return struct;
  const url = String(struct.type_url ?? struct.typeUrl);
  return {
    ...rest,
    value: reify(url, value, context, sensitive, decoderOf) ?? { sha256: hashOf(JSON.stringify(value)) },
  };
}

function reify(
  url: string,
  value: JsonValue,
  context: DecodeContext,
  sensitive: boolean,
  decoderOf: (typeName: string) => Decoder | undefined,
): JsonValue | undefined {
  const typeName = typeNameOf(url) ?? "";
  const decode = decoderOf(typeName);
  if (decode === undefined) return undefined;
  const options = { prefix: "", maxProblems: 1, validate: false, opaqueAny: true };
  const message = encodeWith(context.api, typeName, value, options);
  if (!message.ok) return undefined;
  const shown = decode(message.bytes, context, sensitive);
  return isObject(shown) ? shown : undefined;
}
