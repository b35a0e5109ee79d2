import type { Api } from "../descriptors/api.ts";
import type { FieldDescriptor, MessageDescriptor } from "../descriptors/descriptor.ts";
import { checkCount, checkScalar } from "../validate/check.ts";
import { onlyLengths } from "../validate/string.ts";
import type { Check } from "../validate/violation.ts";
import { makeTag, WireType } from "../wire/index.ts";
import type { FieldPlan, MessagePlan } from "./plan.ts";
import type { Scalar } from "./scalar.ts";
import type { Template } from "./template.ts";

/** A message type, compiled for reading it from text. It learns in which order the fields mostly come. */
export interface TextPlan {
  /** The fields by both of their names. */
  readonly keys: ReadonlyMap<string, TextKey>;
  /** The key that came first the last time. */
  first: TextKey | undefined;
  /** The bits that a message must have: of fields that must be there, and of oneofs that must have a member. */
  readonly required: number;
  /** Of messages that are no part of others, as those of fields are. */
  readonly templates: Template[];
  /** What was spent on learning from such messages, as far as it has not paid yet. */
  debt: number;
}

/** One of the names of a field. */
export interface TextKey {
  /** As it stands in the text: with quotes and a colon. */
  readonly bytes: Uint8Array;
  /** The field, made when it is first used: most messages have many more than are. */
  readonly field: () => TextField;
  /** The key that came after it the last time. */
  next: TextKey | undefined;
}

/** How a value is read: as one of those that are common, or as `JSON.parse` reads it. */
export type TextKind = "string" | "strings" | "number" | "bool" | "enum" | "message" | "messages" | "any" | "other";

export interface TextField {
  readonly kind: TextKind;
  readonly number: number;
  readonly tag: number;
  /** What it counts for in `TextPlan.required`: itself, or its oneof. */
  readonly bits: number;
  /** The bit of its oneof, of which nothing else may be set. */
  readonly exclusive: number;
  /** Whether the default is left out. */
  readonly omitZero: boolean;
  readonly check: Check<Scalar> | undefined;
  /** How long an ASCII text may be; `check` has nothing to say of one that is. */
  readonly lengths: { readonly min: number; readonly max: number } | undefined;
  readonly checkCount: Check<number> | undefined;
  /** The greatest number, and the names of an enum. */
  readonly max: number;
  readonly numbers: ReadonlyMap<string, number>;
  /** The text of the name that came last, with its quotes, and its number: checked already. */
  lastName: Uint8Array;
  lastNumber: number;
  /** The content of a message. */
  readonly content: () => TextPlan | undefined;
  /** Reads and writes any value that the field can have. */
  readonly plan: FieldPlan;
  /** Whether its value may be a secret, of which nothing is kept. */
  readonly sensitive: boolean;
  /** Of values that were learnt from, tags and lengths included: the one that came last is the first. */
  readonly templates: Template[];
  /** When that was. */
  learntIn: number;
}

/** The plans of one API's messages, made when they are first used; undefined for those that only `plan` can read. */
export function textPlans(
  api: Api,
  messageOf: (typeName: string) => MessagePlan | undefined,
): (typeName: string) => TextPlan | undefined {
  const plans = new Map<string, TextPlan | undefined>();

  function planOf(typeName: string): TextPlan | undefined {
    if (plans.has(typeName)) return plans.get(typeName);
    const descriptor = api.message(typeName);
    const message = messageOf(typeName);
    const isRead = descriptor?.validated && !descriptor.mapEntry && message !== undefined;
    const plan = isRead ? toTextPlan(descriptor, message) : undefined;
    plans.set(typeName, plan);
    return plan;
  }

  function toTextPlan(descriptor: MessageDescriptor, message: MessagePlan): TextPlan | undefined {
    const { absent, requiredOneofs } = message;
    if (absent.length + descriptor.oneofs.length > maxBits) return undefined;
    const oneofBits = new Map(descriptor.oneofs.map(({ name }, i) => [name, 1 << (absent.length + i)]));
    const fieldBits = new Map(absent.map(({ number }, i) => [number, 1 << i]));
    const needed = [...fieldBits.values(), ...requiredOneofs.map(({ name }) => oneofBits.get(name) ?? 0)];
    const keys = new Map<string, TextKey>();
    for (const field of descriptor.fields) {
      const plan = message.fields.get(field.name);
      if (plan === undefined) continue;
      const exclusive = oneofBits.get(field.oneof ?? "") ?? 0;
      const bits = { exclusive, bits: exclusive | (fieldBits.get(field.number) ?? 0) };
      let made: TextField | undefined;
      const make = () => (made ??= toTextField(field, plan, bits));
      for (const name of new Set([field.jsonName, field.name])) {
        keys.set(name, { bytes: Buffer.from(`"${name}":`), field: make, next: undefined });
      }
    }
    return {
      keys,
      first: undefined,
      required: needed.reduce((bits, bit) => bits | bit, 0),
      templates: [],
      debt: 0,
    };
  }

  function toTextField(
    field: FieldDescriptor,
    plan: FieldPlan,
    bits: { readonly exclusive: number; readonly bits: number },
  ): TextField {
    const { number, repeated, presence, rules, typeName } = field;
    const kind = kindOf(field);
    const isContent = kind === "message" || kind === "messages";
    const itemRules = kind === "strings" ? rules?.repeated?.items : rules;
    const isText = kind === "string" || kind === "strings";
    let content: TextPlan | undefined;
    const contentPlan = () => {
      content ??= planOf(typeName);
      return content;
    };
    return {
      ...bits,
      kind,
      number,
      tag: makeTag(number, kind === "number" || kind === "bool" || kind === "enum" ? WireType.Varint : WireType.Bytes),
      omitZero: !presence && !repeated,
      check: isContent || kind === "any" || kind === "other" ? undefined : checkScalar(field, itemRules, api),
      lengths: isText ? onlyLengths(itemRules?.string) : undefined,
      checkCount: checkCount(rules),
      max: field.type === "int32" ? 2 ** 31 - 1 : 2 ** 32 - 1,
      numbers: (kind === "enum" ? api.enum(typeName)?.numbers : undefined) ?? new Map(),
      lastName: new Uint8Array(),
      lastNumber: 0,
      content: isContent ? contentPlan : () => undefined,
      plan,
      sensitive: field.sensitive,
      templates: [],
      learntIn: 0,
    };
  }

  function kindOf(field: FieldDescriptor): TextKind {
    const { type, typeName, repeated, rules } = field;
    if (type === "message") {
      const items = repeated ? rules?.repeated?.items : rules;
      if (typeName === "google.protobuf.Any") return repeated || items?.any !== undefined ? "other" : "any";
      const isPlain = messageOf(typeName) !== undefined && !api.message(typeName)?.mapEntry;
      if (!isPlain || items?.message?.skip || !api.message(typeName)?.validated) return "other";
      return repeated ? "messages" : "message";
    }
    if (repeated) return type === "string" && !rules?.repeated?.unique ? "strings" : "other";
    if (type === "string" || type === "bool" || type === "enum") return typeName === nullValue ? "other" : type;
    return type === "uint32" || type === "int32" ? "number" : "other";
  }

  return planOf;
}

const nullValue = "google.protobuf.NullValue";

/** What a bitwise operation holds without a sign. */
const maxBits = 30;
