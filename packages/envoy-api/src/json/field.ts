import type { FieldDescriptor } from "../descriptors/descriptor.ts";
import type { Check, Violation } from "../validate/violation.ts";
import { makeTag, WireType } from "../wire/index.ts";
import { type EncodeContext, enter, leave, report } from "./context.ts";
import { type Encoder, isObject } from "./plan.ts";
import { describe } from "./problem.ts";
import type { Scalar, ScalarCodec } from "./scalar.ts";
import { parseMapKey, scalarCodecs } from "./scalar.ts";

/** What is checked of a list besides its items. */
export interface ListChecks {
  readonly count: Check<number> | undefined;
  readonly unique: boolean;
}

/** Writes a field that holds one scalar. */
export function scalarField(field: FieldDescriptor, codec: ScalarCodec, check: Check<Scalar> | undefined): Encoder {
  const tag = makeTag(field.number, codec.wireType);
  const omitZero = !field.presence;
  return (json, context) => {
    const value = codec.parse(json, context);
    if (value === undefined) return;
    if (check !== undefined && context.validate) enforce(check, value, context);
    if (omitZero && codec.isZero(value)) return;
    codec.write(context.writer.varint(tag), value);
  };
}

/** Writes a field that holds one message. */
export function messageField(field: FieldDescriptor, encode: Encoder): Encoder {
  const tag = makeTag(field.number, WireType.Bytes);
  return (json, context) => {
    context.writer.varint(tag).fork();
    encode(json, context);
    context.writer.join();
  };
}

/** Writes a field that holds a list of scalars, each with its tag or all in one block. */
export function scalarListField(
  field: FieldDescriptor,
  codec: ScalarCodec,
  check: Check<Scalar> | undefined,
  checks: ListChecks,
): Encoder {
  const itemTag = makeTag(field.number, codec.wireType);
  const blockTag = makeTag(field.number, WireType.Bytes);
  return listField(checks.count, (items, context) => {
    const { writer, validate } = context;
    const seen = checks.unique && validate ? new Set<string>() : undefined;
    if (field.packed) writer.varint(blockTag).fork();
    for (let index = 0; index < items.length; index++) {
      enter(context, index);
      const value = codec.parse(items[index], context);
      if (value !== undefined) {
        if (check !== undefined && validate) enforce(check, value, context);
        if (seen !== undefined) enforceUnique(seen, value, context);
        if (!field.packed) writer.varint(itemTag);
        codec.write(writer, value);
      }
      leave(context);
    }
    if (field.packed) writer.join();
  });
}

/** Writes a field that holds a list of messages. */
export function messageListField(
  field: FieldDescriptor,
  encode: Encoder,
  takesNull: boolean,
  checks: ListChecks,
): Encoder {
  const tag = makeTag(field.number, WireType.Bytes);
  return listField(checks.count, (items, context) => {
    const { writer } = context;
    for (let index = 0; index < items.length; index++) {
      enter(context, index);
      const item: unknown = items[index];
      writer.varint(tag).fork();
      if ((item === null || item === undefined) && !takesNull) report(context, "must not be null");
      else encode(item, context);
      writer.join();
      leave(context);
    }
  });
}

/** What a map field is made of. */
export interface MapParts {
  readonly key: FieldDescriptor;
  readonly checkKey: Check<Scalar> | undefined;
  /** Writes an entry's value with its tag. */
  readonly encodeValue: Encoder;
  readonly takesNull: boolean;
  readonly checkCount: Check<number> | undefined;
}

/** Writes a map field: entries in the order of their keys. */
export function mapField(field: FieldDescriptor, parts: MapParts): Encoder {
  const { key: keyField, checkKey, encodeValue, takesNull, checkCount } = parts;
  const keyCodec = scalarCodecs[keyField.type as keyof typeof scalarCodecs]; // protoc allows no other key types
  const tag = makeTag(field.number, WireType.Bytes);
  const keyTag = makeTag(1, keyCodec.wireType);
  return (json, context) => {
    if (!isObject(json)) {
      report(context, `must be an object, not ${describe(json)}`);
      return;
    }
    const { writer, validate } = context;
    const entries = sortedEntries(keyField, json, context);
    if (checkCount !== undefined && validate) enforce(checkCount, entries.length, context);
    for (const [key, name] of entries) {
      enter(context, name);
      if (checkKey !== undefined && validate) enforce(checkKey, key, context);
      const value = json[name];
      if (value === null && !takesNull) {
        report(context, "must not be null");
      } else {
        keyCodec.write(writer.varint(tag).fork().varint(keyTag), key);
        encodeValue(value, context);
        writer.join();
      }
      leave(context);
    }
  };
}

type Entry = readonly [key: Scalar, name: string];

function sortedEntries(
  keyField: FieldDescriptor,
  json: Readonly<Record<string, unknown>>,
  context: EncodeContext,
): readonly Entry[] {
  const entries: Entry[] = [];
  for (const name of Object.keys(json)) {
    if (json[name] === undefined) continue;
    enter(context, name);
    const key = parseMapKey(keyField.type, name, context);
    if (key !== undefined) entries.push([key, name]);
    leave(context);
  }
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (let index = 1; index < entries.length; index++) {
    if (entries[index]?.[0] === entries[index - 1]?.[0]) {
      report(context, `"${entries[index - 1]?.[1]}" and "${entries[index]?.[1]}" are the same key`);
    }
  }
  return entries;
}

function listField(
  checkCount: Check<number> | undefined,
  encodeItems: (items: readonly unknown[], context: EncodeContext) => void,
): Encoder {
  return (json, context) => {
    if (!Array.isArray(json)) {
      report(context, `must be a list, not ${describe(json)}`);
      return;
    }
    if (checkCount !== undefined && context.validate) enforce(checkCount, json.length, context);
    if (json.length > 0) encodeItems(json, context);
  };
}

/** Reports what a check finds. */
export function enforce<T>(check: Check<T>, value: T, context: EncodeContext): void {
  const violation: Violation | undefined = check(value);
  if (violation !== undefined) report(context, violation.message, violation.hint);
}

function enforceUnique(seen: Set<string>, value: Scalar, context: EncodeContext): void {
  const identity = String(value);
  if (seen.has(identity)) report(context, "items must be unique");
  seen.add(identity);
}
