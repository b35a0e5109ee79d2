import { create, fromJson, type JsonValue, setExtension, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto_Label,
  type FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MessageOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { type Api, createApi } from "../../descriptors/api.ts";
import { messageType, registry } from "./registry.ts";

/** A field of a made-up message; `type` is a number of `FieldDescriptorProto.Type`. */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: FieldDescriptorProto_Type;
  readonly typeName?: string;
  readonly label?: FieldDescriptorProto_Label;
  /** As the JSON of a `validate.FieldRules`. */
  readonly rules?: JsonValue;
  /** Whether it holds a secret. */
  readonly sensitive?: boolean;
  /** Which of the message's oneofs it belongs to. */
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
}

/** A made-up message. */
export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly oneofs?: readonly string[];
  readonly messages?: readonly Message[];
  readonly mapEntry?: boolean;
}

/** An API of made-up messages in the package `test`, with Google's well-known types beside them. */
export function apiOf(messages: readonly Message[], syntax = "proto3"): Api {
  const wellKnown = [...registry.files].filter((file) => file.proto.package === "google.protobuf");
  const file = create(FileDescriptorProtoSchema, {
    name: "test.proto",
    package: "test",
    syntax,
    messageType: messages.map(toProto),
  });
  const set = create(FileDescriptorSetSchema, { file: [...wellKnown.map((each) => each.proto), file] });
  return createApi(toBinary(FileDescriptorSetSchema, set));
}

function toProto({ name, fields, oneofs = [], messages = [], mapEntry = false }: Message): DescriptorProto {
  return create(DescriptorProtoSchema, {
    name,
    field: fields.map(toField),
    oneofDecl: oneofs.map((oneof) => ({ name: oneof })),
    nestedType: messages.map(toProto),
    options: create(MessageOptionsSchema, { mapEntry }),
  });
}

function toField({ rules, sensitive = false, ...field }: Field) {
  const options = create(FieldOptionsSchema);
  if (rules !== undefined) {
    const schema = messageType("validate.FieldRules");
    setExtension(options, extension("validate.rules"), fromJson(schema, rules, { registry }));
  }
  if (sensitive) setExtension(options, extension("udpa.annotations.sensitive"), true);
  return create(FieldDescriptorProtoSchema, { jsonName: field.name, ...field, options });
}

function extension(name: string) {
  const found = registry.getExtension(name);
  if (found === undefined) throw new TypeError(`There is no extension "${name}"`);
  return found;
}
