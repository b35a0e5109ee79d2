import type { WireReader } from "../wire/index.ts";
import type { EnumDescriptor } from "./descriptor.ts";
import { either, int32, list, record, text } from "./record.ts";

/** Reads an `EnumDescriptorProto`. */
export function readEnum(name: string, proto: Uint8Array): EnumDescriptor {
  const { values } = readEnumProto(proto);
  return {
    name,
    numbers: new Map(values.map((value) => [value.name, value.number])),
    names: new Map(values.toReversed().map((value) => [value.number, value.name])),
  };
}

const readValue = record({ name: either(1, text, ""), number: either(2, int32, 0) });
const readEnumProto = record({ values: list(2, (reader: WireReader) => readValue(reader.bytes())) });
