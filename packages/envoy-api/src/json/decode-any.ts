import { createHash } from "node:crypto";
import { typeNameOf } from "../descriptors/type-url.ts";
import { WireError, WireReader } from "../wire/index.ts";
import { type DecodeContext, type Decoder, type JsonObject, type JsonValue, nested } from "./decode-context.ts";
import { formatBytes } from "./text.ts";

/** What an Any may hold: a message shown as its fields, or one that JSON spells its own way, under "value". */
export interface AnyDecoder {
  readonly kind: "fields" | "value";
  readonly decode: Decoder;
}

/** Reads `google.protobuf.Any` as `{"@type": …}` with the message expanded. */
export function anyDecoder(decoderOf: (typeName: string) => AnyDecoder | undefined): Decoder {
  return (bytes, context, sensitive) => {
    const { url, value } = readAny(bytes);
    if (url === "" && value.length === 0) return {};
    const decoder = decoderOf(typeNameOf(url) ?? "");
    if (decoder === undefined) return opaque(url, value, context);
    try {
      return nested(context, () => expand(url, decoder, decoder.decode(value, context, sensitive)));
    } catch (error) {
      if (context.strict || !(error instanceof WireError)) throw error;
      return opaque(url, value, context);
    }
  };
}

function expand(url: string, { kind }: AnyDecoder, json: JsonValue): JsonObject {
  if (kind === "value") return { "@type": url, value: json };
  return { "@type": url, ...(json as JsonObject) }; // a message of fields is an object
}

/** A message that cannot be read: its bytes, or only their hash where secrets are hidden. */
function opaque(url: string, value: Uint8Array, context: DecodeContext): JsonObject {
  return context.redact ? { "@type": url, sha256: hashOf(value) } : { "@type": url, value: formatBytes(value) };
}

/** SHA-256 in hexadecimal: tells whether two secrets differ without telling them. */
export function hashOf(value: Uint8Array | string): string {
  return createHash("sha256").update(value).digest("hex");
}

function readAny(bytes: Uint8Array): { readonly url: string; readonly value: Uint8Array } {
  let url = "";
  let value: Uint8Array = new Uint8Array();
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) url = reader.string();
    else if (tag === 0x12) value = reader.bytes();
    else reader.skip(tag);
  }
  return { url, value };
}
