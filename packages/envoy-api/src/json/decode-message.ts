import { WireReader } from "../wire/index.ts";
import { type DecodeContext, type JsonObject, nested, setKey } from "./decode-context.ts";
import type { FieldDecoder } from "./decode-field.ts";

/** The fields of a message type by number, compiled for reading. */
export type MessageReader = ReadonlyMap<number, FieldDecoder>;

/** Reads a message into a JSON object with its fields in the order of their numbers. */
export function decodeMessage(
  fields: MessageReader,
  bytes: Uint8Array,
  context: DecodeContext,
  sensitive: boolean,
): JsonObject {
  return nested(context, () => {
    const object: JsonObject = {};
    for (const [field, value] of collect(fields, bytes)) {
      const hidden = context.redact && (sensitive || field.descriptor.sensitive);
      const json = field.toJson(value, context, hidden);
      if (json !== undefined) setKey(object, field.descriptor[context.names === "proto" ? "name" : "jsonName"], json);
    }
    return object;
  });
}

/** Gathers the occurrences of each field; of a oneof's members the last one stays. */
function collect(fields: MessageReader, bytes: Uint8Array): Iterable<[FieldDecoder, unknown]> {
  const values = new Map<FieldDecoder, unknown>();
  const reader = new WireReader(bytes);
  let last = 0;
  let ordered = true;
  while (!reader.done) {
    const tag = reader.tag();
    const field = fields.get(tag >>> 3);
    if (field === undefined || !field.accepts(tag & 7)) {
      reader.skip(tag);
      continue;
    }
    const { number, oneof } = field.descriptor;
    if (oneof !== undefined) forgetOthers(values, field, oneof);
    values.set(field, field.read(reader, tag & 7, values.get(field)));
    ordered &&= number >= last;
    last = number;
  }
  return ordered ? values : [...values].sort(([a], [b]) => a.descriptor.number - b.descriptor.number);
}

function forgetOthers(values: Map<FieldDecoder, unknown>, field: FieldDecoder, oneof: string): void {
  for (const other of values.keys()) {
    if (other !== field && other.descriptor.oneof === oneof) values.delete(other);
  }
}
