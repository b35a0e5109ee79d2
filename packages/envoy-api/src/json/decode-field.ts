import type { FieldDescriptor } from "../descriptors/descriptor.ts";
import { WireReader, WireType } from "../wire/index.ts";
import {
  type DecodeContext,
  type Decoder,
  type JsonObject,
  type JsonValue,
  redactedText,
  setKey,
} from "./decode-context.ts";
import type { Scalar, ScalarCodec } from "./scalar.ts";
import { formatBytes } from "./text.ts";

/** How a field's occurrences are gathered, and what they are in JSON. */
export interface FieldDecoder {
  readonly descriptor: FieldDescriptor;
  /** Whether an occurrence of this wire type is one of the field. */
  accepts(wireType: number): boolean;
  /** Reads an occurrence; `before` is what the ones before gave. */
  read(reader: WireReader, wireType: number, before: unknown): unknown;
  /** Undefined when the field is not shown; `sensitive` is whether it holds a secret. */
  toJson(value: unknown, context: DecodeContext, sensitive: boolean): JsonValue | undefined;
}

/** Reads a field that holds one scalar. */
export function scalarDecoder(descriptor: FieldDescriptor, codec: ScalarCodec): FieldDecoder {
  return typed<Scalar>({
    descriptor,
    accepts: (wireType) => wireType === codec.wireType,
    read: (reader) => codec.read(reader),
    toJson: (value, _, sensitive) => {
      if (!descriptor.presence && codec.isZero(value)) return undefined;
      return sensitive ? redactedScalar(descriptor) : codec.toJson(value);
    },
  });
}

/** Reads a field that holds one message, whose occurrences are merged. */
export function messageDecoder(descriptor: FieldDescriptor, decode: Decoder): FieldDecoder {
  return typed<Uint8Array>({
    descriptor,
    accepts: (wireType) => wireType === WireType.Bytes,
    read: (reader, _, before) => (before === undefined ? reader.bytes() : Buffer.concat([before, reader.bytes()])),
    toJson: decode,
  });
}

/** Reads a list of scalars, each with its tag or in blocks. */
export function scalarListDecoder(descriptor: FieldDescriptor, codec: ScalarCodec): FieldDecoder {
  const packable = codec.wireType !== WireType.Bytes;
  return typed<Scalar[]>({
    descriptor,
    accepts: (wireType) => wireType === codec.wireType || (packable && wireType === WireType.Bytes),
    read: (reader, wireType, before = []) => {
      if (wireType === codec.wireType) {
        before.push(codec.read(reader));
      } else {
        const block = new WireReader(reader.bytes());
        while (!block.done) before.push(codec.read(block));
      }
      return before;
    },
    toJson: (values, _, sensitive) => {
      if (!sensitive) return values.length === 0 ? undefined : values.map((value) => codec.toJson(value));
      const redacted = redactedScalar(descriptor);
      return redacted === undefined ? undefined : values.map(() => redacted);
    },
  });
}

/** Reads a list of messages. */
export function messageListDecoder(descriptor: FieldDescriptor, decode: Decoder): FieldDecoder {
  return typed<Uint8Array[]>({
    descriptor,
    accepts: (wireType) => wireType === WireType.Bytes,
    read: appendBytes,
    toJson: (items, context, sensitive) => items.map((item) => decode(item, context, sensitive)),
  });
}

/** Reads a map: entries whose fields 1 and 2 `key` and `value` read; keys stay readable in a secret map. */
export function mapDecoder(
  descriptor: FieldDescriptor,
  key: FieldDecoder,
  value: FieldDecoder,
  absent: { readonly key: unknown; readonly value: unknown },
): FieldDecoder {
  return typed<Uint8Array[]>({
    descriptor,
    accepts: (wireType) => wireType === WireType.Bytes,
    read: appendBytes,
    toJson: (entries, context, sensitive) => {
      const object: JsonObject = {};
      for (const entry of entries) {
        const parts = readEntry(entry, key, value);
        const name = String(key.toJson(parts.key ?? absent.key, context, false));
        const shown = value.toJson(parts.value ?? absent.value, context, sensitive);
        setKey(object, name, shown ?? value.toJson(absent.value, context, false) ?? null);
      }
      return object;
    },
  });
}

function readEntry(bytes: Uint8Array, key: FieldDecoder, value: FieldDecoder) {
  const parts: { key?: unknown; value?: unknown } = {};
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    const wireType = tag & 7;
    if (tag >>> 3 === 1 && key.accepts(wireType)) parts.key = key.read(reader, wireType, undefined);
    else if (tag >>> 3 === 2 && value.accepts(wireType)) parts.value = value.read(reader, wireType, parts.value);
    else reader.skip(tag);
  }
  return parts;
}

/** Text and bytes are replaced as Envoy's config dump does it; other values are left out. */
export function redactedScalar({ type }: FieldDescriptor): string | undefined {
  if (type === "string") return redactedText;
  return type === "bytes" ? formatBytes(Buffer.from(redactedText)) : undefined;
}

function appendBytes(reader: WireReader, _: number, before: Uint8Array[] = []): Uint8Array[] {
  before.push(reader.bytes());
  return before;
}

interface TypedDecoder<T> {
  readonly descriptor: FieldDescriptor;
  accepts(wireType: number): boolean;
  read(reader: WireReader, wireType: number, before: T | undefined): T;
  toJson(value: T, context: DecodeContext, sensitive: boolean): JsonValue | undefined;
}

/** Forgets what a decoder gathers: it is only given back what it gave. */
function typed<T>(decoder: TypedDecoder<T>): FieldDecoder {
  return decoder as FieldDecoder;
}
