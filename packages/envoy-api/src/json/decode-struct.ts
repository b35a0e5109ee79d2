import { WireReader } from "../wire/index.ts";
import { type DecodeContext, type JsonObject, type JsonValue, nested, redactedText, setKey } from "./decode-context.ts";

/** Reads `google.protobuf.Struct`. */
export function decodeStruct(bytes: Uint8Array, context: DecodeContext, sensitive: boolean): JsonObject {
  return nested(context, () => {
    const object: JsonObject = {};
    const reader = new WireReader(bytes);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag !== 0x0a) {
        reader.skip(tag);
        continue;
      }
      const { key, value } = readEntry(reader.bytes());
      setKey(object, key, decodeValue(value, context, sensitive));
    }
    return object;
  });
}

/** Reads `google.protobuf.ListValue`. */
export function decodeListValue(bytes: Uint8Array, context: DecodeContext, sensitive: boolean): readonly JsonValue[] {
  return nested(context, () => {
    const items: JsonValue[] = [];
    const reader = new WireReader(bytes);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x0a) items.push(decodeValue(reader.bytes(), context, sensitive));
      else reader.skip(tag);
    }
    return items;
  });
}

/** Reads `google.protobuf.Value`; one without a kind is null. Of a secret only text and structure are left. */
export function decodeValue(bytes: Uint8Array, context: DecodeContext, sensitive: boolean): JsonValue {
  let value: JsonValue = null;
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        reader.skip(tag);
        value = null;
        break;
      case 0x11:
        value = number(reader.double());
        if (sensitive) value = null;
        break;
      case 0x1a:
        value = reader.string();
        if (sensitive) value = redactedText;
        break;
      case 0x20:
        value = reader.bool();
        if (sensitive) value = null;
        break;
      case 0x2a:
        value = decodeStruct(reader.bytes(), context, sensitive);
        break;
      case 0x32:
        value = decodeListValue(reader.bytes(), context, sensitive);
        break;
      default:
        reader.skip(tag);
    }
  }
  return value;
}

/** JSON has no NaN and no infinity; as text they are at least not lost. */
function number(value: number): JsonValue {
  return Number.isFinite(value) ? value : String(value);
}

function readEntry(bytes: Uint8Array): { readonly key: string; readonly value: Uint8Array } {
  let key = "";
  let value = new Uint8Array();
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) key = reader.string();
    else if (tag === 0x12) value = Uint8Array.from(reader.bytes());
    else reader.skip(tag);
  }
  return { key, value };
}
