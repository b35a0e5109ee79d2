import type { Api } from "../descriptors/api.ts";
import type { FieldDescriptor, MessageDescriptor } from "../descriptors/descriptor.ts";
import type { FieldRules } from "../descriptors/rules.ts";
import { absentRules, requiredOneofs } from "../validate/absent.ts";
import { checkAnyType, checkCount, checkScalar, checkTime } from "../validate/check.ts";
import type { Check } from "../validate/violation.ts";
import { type AnyContent, anyEncoder } from "./any.ts";
import { enforce, mapField, messageField, messageListField, scalarField, scalarListField } from "./field.ts";
import { fieldMaskCodec } from "./field-mask.ts";
import { messageEncoder } from "./message.ts";
import type { Encoder, FieldPlan, MessagePlan } from "./plan.ts";
import { enumCodec, type ScalarCodec, scalarCodecs } from "./scalar.ts";
import { encodeListValue, encodeStruct, encodeValue } from "./struct.ts";
import { type TextPlan, textPlans } from "./text-plan.ts";
import { durationCodec, type TextCodec, timestampCodec } from "./time.ts";
import { isWrapper } from "./wrapper.ts";

/** The encoders of one API's messages, compiled when they are first used. */
export interface Compiler {
  /** Undefined when there is no such message type. */
  encoder(typeName: string): Encoder | undefined;
  /** Undefined for those that are not read from text. */
  textPlan(typeName: string): TextPlan | undefined;
}

/** Makes a compiler that keeps what it compiled. */
export function createCompiler(api: Api): Compiler {
  const plans = new Map<string, MessagePlan>();
  const encodeAny = anyEncoder(api, anyContent);

  function plan(descriptor: MessageDescriptor): MessagePlan {
    let compiled = plans.get(descriptor.name);
    if (compiled === undefined) {
      compiled = compile(descriptor);
      plans.set(descriptor.name, compiled);
    }
    return compiled;
  }

  function compile(descriptor: MessageDescriptor): MessagePlan {
    const fields = new Map<string, FieldPlan>();
    for (const field of descriptor.fields) {
      const fieldPlan = compileField(field);
      fields.set(field.jsonName, fieldPlan).set(field.name, fieldPlan);
    }
    const rules = descriptor.validated ? descriptor : undefined;
    return {
      descriptor,
      fields,
      hasOneofs: descriptor.oneofs.length > 0,
      absent: rules === undefined ? [] : absentRules(rules, api),
      requiredOneofs: rules === undefined ? [] : requiredOneofs(rules),
    };
  }

  function compileField(field: FieldDescriptor): FieldPlan {
    const takesNull = !field.repeated && isNullable(field);
    return { number: field.number, oneof: field.oneof, takesNull, encode: whenUsed(() => fieldEncoder(field)) };
  }

  function fieldEncoder(field: FieldDescriptor): Encoder {
    return field.repeated ? repeatedEncoder(field) : singularEncoder(field, field.rules);
  }

  function singularEncoder(field: FieldDescriptor, rules: FieldRules | undefined): Encoder {
    const codec = scalarCodec(field);
    if (codec === undefined) return messageField(field, contentEncoder(field.typeName, rules));
    return scalarField(field, codec, checkScalar(field, rules, api));
  }

  function repeatedEncoder(field: FieldDescriptor): Encoder {
    const entry = field.type === "message" ? api.message(field.typeName) : undefined;
    if (entry?.mapEntry) return mapEncoder(field, entry);
    const rules = field.rules?.repeated;
    const checks = { count: checkCount(field.rules), unique: rules?.unique ?? false };
    const codec = scalarCodec(field);
    if (codec !== undefined) return scalarListField(field, codec, checkScalar(field, rules?.items, api), checks);
    return messageListField(field, contentEncoder(field.typeName, rules?.items), isNullable(field), checks);
  }

  function mapEncoder(field: FieldDescriptor, entry: MessageDescriptor): Encoder {
    const [key, value] = entry.fields;
    if (key === undefined || value === undefined) throw new TypeError(`Map entry ${entry.name} has no key and value`);
    const rules = field.rules?.map;
    return mapField(field, {
      key,
      checkKey: checkScalar(key, rules?.keys, api),
      encodeValue: singularEncoder({ ...value, presence: true }, rules?.values), // entries say their defaults
      takesNull: isNullable(value),
      checkCount: checkCount(field.rules),
    });
  }

  function scalarCodec(field: FieldDescriptor): ScalarCodec | undefined {
    if (field.type === "message" || field.type === "group") return undefined;
    if (field.type !== "enum") return scalarCodecs[field.type];
    const descriptor = api.enum(field.typeName);
    if (descriptor === undefined) throw new TypeError(`Field "${field.name}" has the unknown type ${field.typeName}`);
    return enumCodec(descriptor);
  }

  /** The encoder of a message's content, its rules enforced. */
  function contentEncoder(typeName: string, rules: FieldRules | undefined): Encoder {
    const special = specialEncoder(typeName, rules);
    if (special !== undefined) return special;
    const descriptor = api.message(typeName);
    if (descriptor === undefined) throw new TypeError(`There is no message type "${typeName}"`);
    const encode = messageEncoder(() => plan(descriptor));
    return descriptor.validated && !rules?.message?.skip ? encode : withoutValidation(encode);
  }

  /** The encoder of a type that JSON spells its own way: https://protobuf.dev/programming-guides/json/ */
  function specialEncoder(typeName: string, rules: FieldRules | undefined): Encoder | undefined {
    switch (typeName) {
      case "google.protobuf.Any":
        return checked(encodeAny, checkAnyType(rules?.any));
      case "google.protobuf.Duration":
        return textEncoder(durationCodec, checkTime(rules?.duration));
      case "google.protobuf.Timestamp":
        return textEncoder(timestampCodec, checkTime(rules?.timestamp));
      case "google.protobuf.FieldMask":
        return textEncoder(fieldMaskCodec, undefined);
      case "google.protobuf.Struct":
        return encodeStruct;
      case "google.protobuf.ListValue":
        return encodeListValue;
      case "google.protobuf.Value":
        return encodeValue;
      default:
        return isWrapper(typeName) ? wrapperEncoder(typeName, rules) : undefined;
    }
  }

  function wrapperEncoder(typeName: string, rules: FieldRules | undefined): Encoder | undefined {
    const value = api.message(typeName)?.fields[0];
    return value === undefined ? undefined : singularEncoder(value, rules);
  }

  function anyContent(typeName: string): AnyContent | undefined {
    const special = specialEncoder(typeName, undefined);
    if (special !== undefined) return { kind: "value", encode: special, optional: false };
    const descriptor = api.message(typeName);
    if (descriptor === undefined || descriptor.mapEntry) return undefined;
    if (typeName !== "google.protobuf.Empty") return { kind: "fields", plan: () => plan(descriptor) };
    return { kind: "value", encode: messageEncoder(() => plan(descriptor)), optional: true };
  }

  function message(typeName: string): MessagePlan | undefined {
    const descriptor = api.message(typeName);
    return descriptor === undefined || specialEncoder(typeName, undefined) !== undefined ? undefined : plan(descriptor);
  }

  return {
    encoder: (typeName) => (api.message(typeName) === undefined ? undefined : contentEncoder(typeName, undefined)),
    textPlan: textPlans(api, message),
  };
}

/** Most messages have many more fields than are used, and each may bring in others. */
function whenUsed(make: () => Encoder): Encoder {
  let made: Encoder | undefined;
  return (json, context) => {
    made ??= make();
    made(json, context);
  };
}

function isNullable(field: FieldDescriptor): boolean {
  return field.typeName === "google.protobuf.Value" || field.typeName === "google.protobuf.NullValue";
}

function textEncoder<T>(codec: TextCodec<T>, check: Check<T> | undefined): Encoder {
  return (json, context) => {
    const value = codec.parse(json, context);
    if (value === undefined) return;
    if (check !== undefined && context.validate) enforce(check, value, context);
    codec.write(context.writer, value);
  };
}

function checked(encode: Encoder, check: Check<unknown> | undefined): Encoder {
  if (check === undefined) return encode;
  return (json, context) => {
    if (context.validate) enforce(check, json, context);
    encode(json, context);
  };
}

function withoutValidation(encode: Encoder): Encoder {
  return (json, context) => {
    const { validate } = context;
    context.validate = false;
    encode(json, context);
    context.validate = validate;
  };
}
