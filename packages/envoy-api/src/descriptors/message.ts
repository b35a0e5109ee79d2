import type { WireReader } from "../wire/index.ts";
import type { FieldDescriptor, FieldType, MessageDescriptor, OneofDescriptor } from "./descriptor.ts";
import { bytes, either, flag, int32, list, maybe, record, text } from "./record.ts";
import { readRules } from "./rules.ts";

/** By number, as `FieldDescriptorProto.Type` has them. */
const types: readonly FieldType[] = [
  "double", // 1
  "float",
  "int64",
  "uint64",
  "int32",
  "fixed64",
  "fixed32",
  "bool",
  "string",
  "group",
  "message",
  "bytes",
  "uint32",
  "enum",
  "sfixed32",
  "sfixed64",
  "sint32",
  "sint64",
];

const unpackable: ReadonlySet<FieldType> = new Set(["string", "bytes", "message", "group"]);

const label = { required: 2, repeated: 3 };

/** Reads a `DescriptorProto`; `proto3` is whether its file says so. */
export function readMessage(name: string, proto: Uint8Array, proto3: boolean): MessageDescriptor {
  const { fields, oneofs, options } = readDescriptor(proto);
  const { mapEntry, deprecated, disabled, ignored } = readMessageOptions(options);
  return {
    name,
    fields: fields.map((field) => toField(field, oneofs, proto3)).sort((a, b) => a.number - b.number),
    oneofs: realOneofs(fields, oneofs),
    mapEntry,
    deprecated,
    validated: !disabled && !ignored,
  };
}

function toField(field: FieldProto, oneofs: readonly OneofProto[], proto3: boolean): FieldDescriptor {
  const options = readFieldOptions(field.options);
  const type = types[field.type - 1];
  if (type === undefined) throw new TypeError(`Field "${field.name}" has the unknown type ${field.type}`);
  const repeated = field.label === label.repeated;
  const oneof = field.oneofIndex === undefined || field.proto3Optional ? undefined : oneofs[field.oneofIndex];
  return {
    name: field.name,
    jsonName: field.jsonName,
    number: field.number,
    type,
    typeName: field.typeName.slice(1), // without the leading dot
    repeated,
    packed: repeated && !unpackable.has(type) && (options.packed ?? proto3),
    presence: !repeated && (!proto3 || type === "message" || field.oneofIndex !== undefined),
    required: field.label === label.required,
    oneof: oneof?.name,
    deprecated: options.deprecated,
    sensitive: options.udpaSensitive || options.xdsSensitive,
    rules: options.rules === undefined ? undefined : readRules(options.rules),
  };
}

/** Without the oneofs protoc makes for `optional` fields. */
function realOneofs(fields: readonly FieldProto[], oneofs: readonly OneofProto[]): readonly OneofDescriptor[] {
  const synthetic = new Set(fields.filter((field) => field.proto3Optional).map((field) => field.oneofIndex));
  return oneofs
    .filter((_, index) => !synthetic.has(index))
    .map(({ name, options }) => ({ name, required: readOneofOptions(options).required }));
}

const nothing = new Uint8Array();

const readFieldProto = record({
  name: either(1, text, ""),
  number: either(3, int32, 0),
  label: either(4, int32, 1),
  type: either(5, int32, 0),
  typeName: either(6, text, ""),
  options: either(8, bytes, nothing),
  oneofIndex: maybe(9, int32),
  jsonName: either(10, text, ""),
  proto3Optional: either(17, flag, false),
});
type FieldProto = ReturnType<typeof readFieldProto>;

const readOneofProto = record({ name: either(1, text, ""), options: either(2, bytes, nothing) });
type OneofProto = ReturnType<typeof readOneofProto>;

const readDescriptor = record({
  fields: list(2, (reader: WireReader) => readFieldProto(reader.bytes())),
  options: either(7, bytes, nothing),
  oneofs: list(8, (reader: WireReader) => readOneofProto(reader.bytes())),
});

const readMessageOptions = record({
  deprecated: either(3, flag, false),
  mapEntry: either(7, flag, false),
  disabled: either(1071, flag, false), // validate.disabled
  ignored: either(1072, flag, false), // validate.ignored
});

const readFieldOptions = record({
  packed: maybe(2, flag),
  deprecated: either(3, flag, false),
  rules: maybe(1071, bytes), // validate.rules
  xdsSensitive: either(61008053, flag, false), // xds.annotations.v3.sensitive
  udpaSensitive: either(76569463, flag, false), // udpa.annotations.sensitive
});

const readOneofOptions = record({ required: either(1071, flag, false) }); // validate.required
