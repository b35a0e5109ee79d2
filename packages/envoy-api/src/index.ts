/** Envoy's v3 API: its types by name, and its messages to and from proto3 JSON. */
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
export { type Encoded, type EncodeOptions, encodeJson } from "./json/encode.ts";
export { formatProblem, type JsonProblem } from "./json/problem.ts";
