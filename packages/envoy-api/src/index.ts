/** Envoy's v3 API: its types by name, its messages to and from proto3 JSON, and its validation rules. */
export { type Api, createApi, envoyApi } from "./descriptors/api.ts";
export type {
  EnumDescriptor,
  FieldDescriptor,
  FieldType,
  HttpRule,
  MessageDescriptor,
  MethodDescriptor,
  OneofDescriptor,
  ServiceDescriptor,
} from "./descriptors/descriptor.ts";
export type { FieldRules } from "./descriptors/rules.ts";
export { type DecodeOptions, decodeToJson } from "./json/decode.ts";
export type { JsonValue } from "./json/decode-context.ts";
export { type Encoded, type EncodeOptions, encodeJson } from "./json/encode.ts";
export { formatProblem, type JsonProblem } from "./json/problem.ts";
export { Transcoder } from "./json/transcode.ts";
export { type ValidateOptions, validateBytes } from "./validate/validate-bytes.ts";
