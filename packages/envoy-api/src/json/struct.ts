import { WireType } from "../wire/index.ts";
import { type EncodeContext, enter, leave, maxDepth, report } from "./context.ts";
import { isObject } from "./plan.ts";
import { describe } from "./problem.ts";
import { parseText } from "./text.ts";

/** Writes `google.protobuf.Struct`: any JSON object. */
export function encodeStruct(json: unknown, context: EncodeContext): void {
  if (isObject(json)) encodeObject(json, context);
  else report(context, `must be an object, not ${describe(json)}`);
}

/** Writes `google.protobuf.ListValue`: any JSON list. */
export function encodeListValue(json: unknown, context: EncodeContext): void {
  if (Array.isArray(json)) encodeList(json, context);
  else report(context, `must be a list, not ${describe(json)}`);
}

/** Writes `google.protobuf.Value`: any JSON. */
export function encodeValue(json: unknown, context: EncodeContext): void {
  const { writer } = context;
  if (json === null) {
    writer.tag(1, WireType.Varint).varint(0);
  } else if (typeof json === "string") {
    const text = parseText(json, context);
    if (text !== undefined) writer.tag(3, WireType.Bytes).string(text);
  } else if (typeof json === "boolean") {
    writer.tag(4, WireType.Varint).bool(json);
  } else if (typeof json === "number" || typeof json === "bigint") {
    const number = Number(json);
    if (Number.isFinite(number)) writer.tag(2, WireType.Fixed64).double(number);
    else report(context, `must be a finite number, not ${number}`);
  } else if (Array.isArray(json)) {
    writer.tag(6, WireType.Bytes).fork();
    encodeList(json, context);
    writer.join();
  } else if (isObject(json)) {
    writer.tag(5, WireType.Bytes).fork();
    encodeObject(json, context);
    writer.join();
  } else {
    report(context, `must be JSON, not ${describe(json)}`);
  }
}

function encodeObject(json: Readonly<Record<string, unknown>>, context: EncodeContext): void {
  if (!descend(context, objectDepth)) return;
  const { writer } = context;
  for (const key of Object.keys(json).sort()) {
    const value = json[key];
    if (value === undefined) continue;
    enter(context, key);
    const name = parseText(key, context);
    if (name !== undefined) {
      writer.tag(1, WireType.Bytes).fork().tag(1, WireType.Bytes).string(name).tag(2, WireType.Bytes).fork();
      encodeValue(value, context);
      writer.join().join();
    }
    leave(context);
  }
  context.depth -= objectDepth;
}

function encodeList(json: readonly unknown[], context: EncodeContext): void {
  if (!descend(context, listDepth)) return;
  const { writer } = context;
  for (let index = 0; index < json.length; index++) {
    enter(context, index);
    writer.tag(1, WireType.Bytes).fork();
    encodeValue(json[index], context);
    writer.join();
    leave(context);
  }
  context.depth -= listDepth;
}

/** The messages an object is made of: the Struct, an entry and its Value. */
const objectDepth = 3;

/** The messages a list is made of: the ListValue and its Value. */
const listDepth = 2;

function descend(context: EncodeContext, messages: number): boolean {
  if (context.depth + messages > maxDepth) {
    report(context, `more than ${maxDepth} messages within each other`);
    return false;
  }
  context.depth += messages;
  return true;
}
