import type { Api } from "../descriptors/api.ts";
import type { FieldDescriptor, MessageDescriptor } from "../descriptors/descriptor.ts";
import { type AnyDecoder, anyDecoder } from "./decode-any.ts";
import { type Decoder, redactedText } from "./decode-context.ts";
import {
  type FieldDecoder,
  mapDecoder,
  messageDecoder,
  messageListDecoder,
  redactedScalar,
  scalarDecoder,
  scalarListDecoder,
} from "./decode-field.ts";
import { decodeMessage, type MessageReader } from "./decode-message.ts";
import { decodeListValue, decodeStruct, decodeValue } from "./decode-struct.ts";
import { fieldMaskCodec } from "./field-mask.ts";
import { enumCodec, type ScalarCodec, scalarCodecs } from "./scalar.ts";
import { durationCodec, type TextCodec, timestampCodec } from "./time.ts";
import { isTypedStruct, redactTypedStruct } from "./typed-struct.ts";
import { isWrapper } from "./wrapper.ts";

/** Makes the decoders of one API's messages when they are first used; undefined when there is no such type. */
export function createDecoders(api: Api): (typeName: string) => Decoder | undefined {
  const decoders = new Map<string, Decoder>();
  const decodeAny = anyDecoder(anyContent);

  function decoder(typeName: string): Decoder | undefined {
    const known = decoders.get(typeName);
    if (known !== undefined) return known;
    const descriptor = api.message(typeName);
    const made = specialDecoder(typeName) ?? (descriptor && fieldsDecoder(descriptor));
    if (made !== undefined) decoders.set(typeName, made);
    return made;
  }

  function fieldsDecoder(descriptor: MessageDescriptor): Decoder {
    let compiled: MessageReader | undefined;
    const decode: Decoder = (bytes, context, sensitive) => {
      compiled ??= compile(descriptor);
      return decodeMessage(compiled, bytes, context, sensitive);
    };
    if (!isTypedStruct(descriptor.name)) return decode;
    return (bytes, context, sensitive) => {
      if (!context.redact) return decode(bytes, context, sensitive);
      compiled ??= compile(descriptor);
      return redactTypedStruct(decodeMessage(compiled, bytes, context, false), context, sensitive, decoder);
    };
  }

  function compile(descriptor: MessageDescriptor): MessageReader {
    const fields = descriptor.fields.filter((field) => field.type !== "group");
    return new Map(fields.map((field) => [field.number, fieldDecoder(field)]));
  }

  function fieldDecoder(field: FieldDescriptor): FieldDecoder {
    const codec = scalarCodec(field);
    if (codec !== undefined) return field.repeated ? scalarListDecoder(field, codec) : scalarDecoder(field, codec);
    const entry = api.message(field.typeName);
    if (entry?.mapEntry) return mapOf(field, entry);
    const decode: Decoder = (bytes, context, sensitive) => known(field.typeName)(bytes, context, sensitive);
    return field.repeated ? messageListDecoder(field, decode) : messageDecoder(field, decode);
  }

  function mapOf(field: FieldDescriptor, entry: MessageDescriptor): FieldDecoder {
    const [key, value] = entry.fields;
    if (key === undefined || value === undefined) throw new TypeError(`Map entry ${entry.name} has no key and value`);
    const shown = (part: FieldDescriptor) => fieldDecoder({ ...part, presence: true }); // entries say their defaults
    const absent = (part: FieldDescriptor) => scalarCodec(part)?.zero ?? new Uint8Array();
    return mapDecoder(field, shown(key), shown(value), { key: absent(key), value: absent(value) });
  }

  function scalarCodec(field: FieldDescriptor): ScalarCodec | undefined {
    if (field.type === "message" || field.type === "group") return undefined;
    if (field.type !== "enum") return scalarCodecs[field.type];
    const descriptor = api.enum(field.typeName);
    if (descriptor === undefined) throw new TypeError(`Field "${field.name}" has the unknown type ${field.typeName}`);
    return enumCodec(descriptor);
  }

  /** The decoder of a type that JSON spells its own way: https://protobuf.dev/programming-guides/json/ */
  function specialDecoder(typeName: string): Decoder | undefined {
    switch (typeName) {
      case "google.protobuf.Any":
        return decodeAny;
      case "google.protobuf.Duration":
        return textDecoder(durationCodec, "0s");
      case "google.protobuf.Timestamp":
        return textDecoder(timestampCodec, "1970-01-01T00:00:00Z");
      case "google.protobuf.FieldMask":
        return textDecoder(fieldMaskCodec, redactedText);
      case "google.protobuf.Struct":
        return decodeStruct;
      case "google.protobuf.ListValue":
        return decodeListValue;
      case "google.protobuf.Value":
        return decodeValue;
      default:
        return isWrapper(typeName) ? wrapperDecoder(typeName) : undefined;
    }
  }

  function wrapperDecoder(typeName: string): Decoder | undefined {
    const field = api.message(typeName)?.fields[0];
    const codec = field && scalarCodec(field);
    if (field === undefined || codec === undefined) return undefined;
    const reader = new Map([[1, scalarDecoder({ ...field, presence: true }, codec)]]);
    const zero = codec.toJson(codec.zero);
    return (bytes, context, sensitive) => {
      const { value } = decodeMessage(reader, bytes, context, sensitive);
      return value ?? (sensitive ? (redactedScalar(field) ?? zero) : zero);
    };
  }

  function anyContent(typeName: string): AnyDecoder | undefined {
    const decode = decoder(typeName);
    if (decode === undefined) return undefined;
    return { kind: specialDecoder(typeName) === undefined ? "fields" : "value", decode };
  }

  function known(typeName: string): Decoder {
    const decode = decoder(typeName);
    if (decode === undefined) throw new TypeError(`There is no message type "${typeName}"`);
    return decode;
  }

  return decoder;
}

function textDecoder<T>(codec: TextCodec<T>, redacted: string): Decoder {
  return (bytes, _, sensitive) => (sensitive ? redacted : codec.toJson(codec.read(bytes)));
}
