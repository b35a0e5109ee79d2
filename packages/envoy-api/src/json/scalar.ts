import type { EnumDescriptor, FieldType } from "../descriptors/descriptor.ts";
import { type WireReader, WireType, type WireWriter } from "../wire/index.ts";
import { type EncodeContext, isFull, report } from "./context.ts";
import { formatDouble, formatFloat32, parseDouble, parseFloat32 } from "./float.ts";
import { bigintParser, exactInteger, integerParser } from "./integer.ts";
import { describe } from "./problem.ts";
import { didYouMean, suggest } from "./suggest.ts";
import { formatBytes, parseBytes, parseText } from "./text.ts";

/** The value of a field that is not a message. 64-bit integers are bigints, enums their numbers. */
export type Scalar = string | number | bigint | boolean | Uint8Array;

/** How values of one type are read from and written to JSON and the wire. */
export interface ScalarCodec<T extends Scalar = Scalar> {
  readonly wireType: WireType;
  readonly zero: T;
  /** Undefined when the problem was reported. */
  parse(json: unknown, context: EncodeContext): T | undefined;
  write(writer: WireWriter, value: T): void;
  /** Whether a field without presence leaves it out. */
  isZero(value: T): boolean;
  read(reader: WireReader): T;
  toJson(value: T): string | number | boolean | null;
}

type ScalarType = Exclude<FieldType, "message" | "group" | "enum">;

/** The codec of every type but messages and enums. */
export const scalarCodecs: { readonly [type in ScalarType]: ScalarCodec } = {
  double: {
    wireType: WireType.Fixed64,
    zero: 0,
    parse: parseDouble,
    write: (writer, value: number) => writer.double(value),
    isZero: (value: number) => Object.is(value, 0), // -0 is not the default
    read: (reader) => reader.double(),
    toJson: formatDouble,
  } satisfies ScalarCodec<number>,
  float: {
    wireType: WireType.Fixed32,
    zero: 0,
    parse: parseFloat32,
    write: (writer, value: number) => writer.float(value),
    isZero: (value: number) => Object.is(value, 0),
    read: (reader) => reader.float(),
    toJson: formatFloat32,
  } satisfies ScalarCodec<number>,
  int32: integer("int32", WireType.Varint, -(2 ** 31), 2 ** 31 - 1),
  sint32: integer("sint32", WireType.Varint, -(2 ** 31), 2 ** 31 - 1),
  sfixed32: integer("sfixed32", WireType.Fixed32, -(2 ** 31), 2 ** 31 - 1),
  uint32: integer("uint32", WireType.Varint, 0, 2 ** 32 - 1),
  fixed32: integer("fixed32", WireType.Fixed32, 0, 2 ** 32 - 1),
  int64: bigInteger("int64", WireType.Varint, -(2n ** 63n), 2n ** 63n - 1n),
  sint64: bigInteger("sint64", WireType.Varint, -(2n ** 63n), 2n ** 63n - 1n),
  sfixed64: bigInteger("sfixed64", WireType.Fixed64, -(2n ** 63n), 2n ** 63n - 1n),
  uint64: bigInteger("uint64", WireType.Varint, 0n, 2n ** 64n - 1n),
  fixed64: bigInteger("fixed64", WireType.Fixed64, 0n, 2n ** 64n - 1n),
  bool: {
    wireType: WireType.Varint,
    zero: false,
    parse: parseBool,
    write: (writer, value: boolean) => writer.bool(value),
    isZero: (value: boolean) => !value,
    read: (reader) => reader.bool(),
    toJson: (value: boolean) => value,
  } satisfies ScalarCodec<boolean>,
  string: {
    wireType: WireType.Bytes,
    zero: "",
    parse: parseText,
    write: (writer, value: string) => writer.string(value),
    isZero: (value: string) => value === "",
    read: (reader) => reader.string(),
    toJson: (value: string) => value,
  } satisfies ScalarCodec<string>,
  bytes: {
    wireType: WireType.Bytes,
    zero: new Uint8Array(),
    parse: parseBytes,
    write: (writer, value: Uint8Array) => writer.bytes(value),
    isZero: (value: Uint8Array) => value.length === 0,
    read: (reader) => reader.bytes(),
    toJson: formatBytes,
  } satisfies ScalarCodec<Uint8Array>,
};

/** The codec of an enum's values: names, numbers, and null for `google.protobuf.NullValue`. */
export function enumCodec(descriptor: EnumDescriptor): ScalarCodec<number> {
  const nullable = descriptor.name === "google.protobuf.NullValue";
  const parseNumber = integerParser(-(2 ** 31), 2 ** 31 - 1);
  return {
    wireType: WireType.Varint,
    zero: 0,
    parse: (json, context) => {
      if (typeof json === "string") {
        const number = descriptor.numbers.get(json);
        if (number === undefined) reportEnum(context, descriptor, json);
        return number;
      }
      return json === null && nullable ? 0 : parseNumber(json, context);
    },
    write: (writer, value) => writer.int32(value),
    isZero: (value) => value === 0,
    read: (reader) => reader.int32(),
    toJson: (value) => (nullable ? null : (descriptor.names.get(value) ?? value)),
  };
}

/** The value a map key stands for: JSON only has text there. */
export function parseMapKey(type: FieldType, key: string, context: EncodeContext): Scalar | undefined {
  if (type === "bool") {
    if (key === "true" || key === "false") return key === "true";
    report(context, `the key must be true or false, not ${describe(key)}`);
    return undefined;
  }
  if (type !== "string" && exactInteger(key) === undefined) {
    report(context, `the key must be a whole number, not ${describe(key)}`);
    return undefined;
  }
  return scalarCodecs[type as ScalarType].parse(key, context); // protoc allows no other key types
}

type Integer32 = "int32" | "sint32" | "sfixed32" | "uint32" | "fixed32";

function integer(type: Integer32, wireType: WireType, min: number, max: number): ScalarCodec<number> {
  return {
    wireType,
    zero: 0,
    parse: integerParser(min, max),
    write: (writer, value) => writer[type](value),
    isZero: (value) => value === 0,
    read: (reader) => reader[type](),
    toJson: (value) => value,
  };
}

type Integer64 = "int64" | "sint64" | "sfixed64" | "uint64" | "fixed64";

function bigInteger(type: Integer64, wireType: WireType, min: bigint, max: bigint): ScalarCodec<bigint> {
  return {
    wireType,
    zero: 0n,
    parse: bigintParser(min, max),
    write: (writer, value) => writer[type](value),
    isZero: (value) => value === 0n,
    read: (reader) => reader[type](),
    toJson: String,
  };
}

function parseBool(json: unknown, context: EncodeContext): boolean | undefined {
  if (typeof json === "boolean") return json;
  const quoted = json === "true" || json === "false";
  report(context, `must be true or false, not ${describe(json)}`, quoted ? `write ${json} without quotes` : undefined);
  return undefined;
}

function reportEnum(context: EncodeContext, descriptor: EnumDescriptor, name: string): void {
  if (isFull(context)) return;
  const known = [...descriptor.numbers.keys()];
  const hint = didYouMean(suggest(name, known)) ?? (known.length <= 12 ? `one of ${known.join(", ")}` : undefined);
  report(context, `unknown value ${describe(name)}`, hint);
}
