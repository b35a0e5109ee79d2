import type { FieldRules } from "./rules.ts";

/** The types a field can have, by the names the proto language gives them. */
export type FieldType =
  | "double"
  | "float"
  | "int64"
  | "uint64"
  | "int32"
  | "fixed64"
  | "fixed32"
  | "bool"
  | "string"
  | "group"
  | "message"
  | "bytes"
  | "uint32"
  | "enum"
  | "sfixed32"
  | "sfixed64"
  | "sint32"
  | "sint64";

/** A message type. */
export interface MessageDescriptor {
  /** Fully qualified: `envoy.config.cluster.v3.Cluster`. */
  readonly name: string;
  /** Ascending by number. */
  readonly fields: readonly FieldDescriptor[];
  readonly oneofs: readonly OneofDescriptor[];
  /** Whether this is the type protoc makes for the entries of a map field. */
  readonly mapEntry: boolean;
  readonly deprecated: boolean;
  /** False when the message opts out of protoc-gen-validate's rules. */
  readonly validated: boolean;
}

/** A field of a message. */
export interface FieldDescriptor {
  /** As written in the proto file: `load_assignment`. */
  readonly name: string;
  /** As JSON spells it: `loadAssignment`. */
  readonly jsonName: string;
  readonly number: number;
  readonly type: FieldType;
  /** The message or enum, fully qualified; "" for other types. */
  readonly typeName: string;
  /** Whether it is a list; maps are lists of their entry type. */
  readonly repeated: boolean;
  /** Whether a list of numbers is written as one block. */
  readonly packed: boolean;
  /** Whether "set to the default" differs from "not set": messages, `optional`, members of a oneof, proto2. */
  readonly presence: boolean;
  /** Whether proto2 demands it. */
  readonly required: boolean;
  /** The oneof it is a member of; undefined too for the oneof protoc makes for `optional`. */
  readonly oneof: string | undefined;
  readonly deprecated: boolean;
  /** Whether it holds a secret (`udpa.annotations.sensitive` or `xds.annotations.v3.sensitive`). */
  readonly sensitive: boolean;
  readonly rules: FieldRules | undefined;
}

/** A oneof of a message. */
export interface OneofDescriptor {
  readonly name: string;
  /** Whether one member must be set (`validate.required`). */
  readonly required: boolean;
}

/** An enum. Several names may share a number; the first is the one that is printed. */
export interface EnumDescriptor {
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

/** A gRPC service. */
export interface ServiceDescriptor {
  readonly name: string;
  readonly methods: readonly MethodDescriptor[];
  /** The message type a discovery service serves (`envoy.annotations.resource`). */
  readonly resourceType: string | undefined;
}

/** A method of a service. */
export interface MethodDescriptor {
  readonly name: string;
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
  /** Its REST mapping (`google.api.http`), if it has one. */
  readonly http: HttpRule | undefined;
}

/** How a method is called over REST. */
export interface HttpRule {
  readonly verb: "GET" | "PUT" | "POST" | "DELETE" | "PATCH";
  readonly path: string;
  /** The request field the body is read into, `*` for all of the request, "" for none. */
  readonly body: string;
}
