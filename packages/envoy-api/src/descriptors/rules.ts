import type { WireReader } from "../wire/index.ts";
import { bytes, count, either, flag, int32, list, maybe, numbers, record, text } from "./record.ts";

/**
 * What protoc-gen-validate's `(validate.rules)` say about a field, as
 * https://github.com/bufbuild/protoc-gen-validate/blob/main/validate/validate.proto defines them.
 */
export interface FieldRules {
  readonly number: NumberRules | undefined;
  readonly bool: BoolRules | undefined;
  readonly string: StringRules | undefined;
  readonly bytes: BytesRules | undefined;
  readonly enum: EnumRules | undefined;
  readonly message: MessageRules | undefined;
  readonly repeated: RepeatedRules | undefined;
  readonly map: MapRules | undefined;
  readonly any: AnyRules | undefined;
  readonly duration: DurationRules | undefined;
  readonly timestamp: TimestampRules | undefined;
}

/** Reads a `validate.FieldRules` message. */
export function readRules(rules: Uint8Array): FieldRules {
  const number = Object.values(anyNumberRules(rules)).find((numberRules) => numberRules !== undefined);
  return { number, ...otherRules(rules) };
}

/** A point in time or a length of it; seconds and nanoseconds have the same sign. */
export interface Time {
  readonly seconds: number;
  readonly nanos: number;
}

/** Bounds; when the upper lies below the lower, values must be outside of them. */
export interface Range<T> {
  readonly lt: T | undefined;
  readonly lte: T | undefined;
  readonly gt: T | undefined;
  readonly gte: T | undefined;
}

const readTime = record({
  seconds: either(1, (reader) => Number(reader.int64()), 0),
  nanos: either(2, int32, 0),
});
const time = (reader: WireReader): Time => readTime(reader.bytes());

function nested<T>(read: (bytes: Uint8Array) => T): (reader: WireReader) => T {
  return (reader) => read(reader.bytes());
}

/** Rules of all twelve number types; 64-bit integers are bigints. */
export type NumberRules = ReturnType<ReturnType<typeof numberRules>>;

const numberRules = (read: (reader: WireReader) => number | bigint) =>
  record({
    const: maybe(1, read),
    lt: maybe(2, read),
    lte: maybe(3, read),
    gt: maybe(4, read),
    gte: maybe(5, read),
    in: numbers(6, read),
    notIn: numbers(7, read),
    ignoreEmpty: either(8, flag, false),
  });

export type BoolRules = ReturnType<typeof boolRules>;

const boolRules = record({ const: maybe(1, flag) });

export type StringRules = ReturnType<typeof stringRules>;

const stringRules = record({
  const: maybe(1, text),
  len: maybe(19, count),
  minLen: maybe(2, count),
  maxLen: maybe(3, count),
  lenBytes: maybe(20, count),
  minBytes: maybe(4, count),
  maxBytes: maybe(5, count),
  pattern: maybe(6, text),
  prefix: maybe(7, text),
  suffix: maybe(8, text),
  contains: maybe(9, text),
  notContains: maybe(23, text),
  in: list(10, text),
  notIn: list(11, text),
  email: either(12, flag, false),
  hostname: either(13, flag, false),
  ip: either(14, flag, false),
  ipv4: either(15, flag, false),
  ipv6: either(16, flag, false),
  uri: either(17, flag, false),
  uriRef: either(18, flag, false),
  address: either(21, flag, false),
  uuid: either(22, flag, false),
  /** 0: none, 1: HTTP_HEADER_NAME, 2: HTTP_HEADER_VALUE. */
  wellKnownRegex: either(24, int32, 0),
  strict: either(25, flag, true),
  ignoreEmpty: either(26, flag, false),
});

export type BytesRules = ReturnType<typeof bytesRules>;

const bytesRules = record({
  const: maybe(1, bytes),
  len: maybe(13, count),
  minLen: maybe(2, count),
  maxLen: maybe(3, count),
  pattern: maybe(4, text),
  prefix: maybe(5, bytes),
  suffix: maybe(6, bytes),
  contains: maybe(7, bytes),
  in: list(8, bytes),
  notIn: list(9, bytes),
  ip: either(10, flag, false),
  ipv4: either(11, flag, false),
  ipv6: either(12, flag, false),
  ignoreEmpty: either(14, flag, false),
});

export type EnumRules = ReturnType<typeof enumRules>;

const enumRules = record({
  const: maybe(1, int32),
  definedOnly: either(2, flag, false),
  in: numbers(3, int32),
  notIn: numbers(4, int32),
});

export type MessageRules = ReturnType<typeof messageRules>;

const messageRules = record({
  skip: either(1, flag, false),
  required: either(2, flag, false),
});

export type RepeatedRules = ReturnType<typeof repeatedRules>;

const repeatedRules = record({
  minItems: maybe(1, count),
  maxItems: maybe(2, count),
  unique: either(3, flag, false),
  items: maybe(4, nested<FieldRules>(readRules)),
  ignoreEmpty: either(5, flag, false),
});

export type MapRules = ReturnType<typeof mapRules>;

const mapRules = record({
  minPairs: maybe(1, count),
  maxPairs: maybe(2, count),
  noSparse: either(3, flag, false),
  keys: maybe(4, nested<FieldRules>(readRules)),
  values: maybe(5, nested<FieldRules>(readRules)),
  ignoreEmpty: either(6, flag, false),
});

export type AnyRules = ReturnType<typeof anyRules>;

const anyRules = record({
  required: either(1, flag, false),
  in: list(2, text),
  notIn: list(3, text),
});

export type DurationRules = ReturnType<typeof durationRules>;

const durationRules = record({
  required: either(1, flag, false),
  const: maybe(2, time),
  lt: maybe(3, time),
  lte: maybe(4, time),
  gt: maybe(5, time),
  gte: maybe(6, time),
  in: list(7, time),
  notIn: list(8, time),
});

export type TimestampRules = ReturnType<typeof timestampRules>;

const timestampRules = record({
  required: either(1, flag, false),
  const: maybe(2, time),
  lt: maybe(3, time),
  lte: maybe(4, time),
  gt: maybe(5, time),
  gte: maybe(6, time),
  ltNow: either(7, flag, false),
  gtNow: either(8, flag, false),
  within: maybe(9, time),
});

const anyNumberRules = record({
  float: maybe(1, nested(numberRules((reader) => reader.float()))),
  double: maybe(2, nested(numberRules((reader) => reader.double()))),
  int32: maybe(3, nested(numberRules(int32))),
  int64: maybe(4, nested(numberRules((reader) => reader.int64()))),
  uint32: maybe(5, nested(numberRules((reader) => reader.uint32()))),
  uint64: maybe(6, nested(numberRules((reader) => reader.uint64()))),
  sint32: maybe(7, nested(numberRules((reader) => reader.sint32()))),
  sint64: maybe(8, nested(numberRules((reader) => reader.sint64()))),
  fixed32: maybe(9, nested(numberRules((reader) => reader.fixed32()))),
  fixed64: maybe(10, nested(numberRules((reader) => reader.fixed64()))),
  sfixed32: maybe(11, nested(numberRules((reader) => reader.sfixed32()))),
  sfixed64: maybe(12, nested(numberRules((reader) => reader.sfixed64()))),
});

const otherRules = record({
  bool: maybe(13, nested(boolRules)),
  string: maybe(14, nested(stringRules)),
  bytes: maybe(15, nested(bytesRules)),
  enum: maybe(16, nested(enumRules)),
  message: maybe(17, nested(messageRules)),
  repeated: maybe(18, nested(repeatedRules)),
  map: maybe(19, nested(mapRules)),
  any: maybe(20, nested(anyRules)),
  duration: maybe(21, nested(durationRules)),
  timestamp: maybe(22, nested(timestampRules)),
});
