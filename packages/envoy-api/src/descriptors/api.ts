import { readdirSync, readFileSync } from "node:fs";
import type { EnumDescriptor, MessageDescriptor, ServiceDescriptor } from "./descriptor.ts";
import { readEnum } from "./enum.ts";
import { readMessage } from "./message.ts";
import { createIndex, type Location, type Locations } from "./scan.ts";
import { readService } from "./service.ts";
import { readSuccessors } from "./successors.ts";
import { typeNameOf } from "./type-url.ts";

/** The types of a descriptor set. A type is decoded when it is first asked for. */
export interface Api {
  /** The message type with a fully qualified name such as `envoy.config.cluster.v3.Cluster`. */
  message(name: string): MessageDescriptor | undefined;
  /** The enum with a fully qualified name. */
  enum(name: string): EnumDescriptor | undefined;
  /** The service with a fully qualified name. */
  service(name: string): ServiceDescriptor | undefined;
  /** The names of all message types, those of map entries included. */
  messages(): Iterable<string>;
  /** The names of all services. */
  services(): Iterable<string>;
  /** The message type of a type URL such as `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
  resolveTypeUrl(url: string): MessageDescriptor | undefined;
  /** The v3 type that took the place of an older one: `envoy.api.v2.Cluster` → `envoy.config.cluster.v3.Cluster`. */
  successor(name: string): string | undefined;
}

/**
 * The API of the Envoy release this package's version names, and what it imports: xDS, validation rules, Google's
 * well-known types. Read from disk on the first call; later calls give the same object.
 */
export function envoyApi(): Api {
  envoy ??= createApi(readDescriptorSet());
  return envoy;
}

let envoy: Api | undefined;

/** The types of `descriptorSet`, a serialized `google.protobuf.FileDescriptorSet` that holds all it imports. */
export function createApi(descriptorSet: Uint8Array): Api {
  const index = createIndex(descriptorSet);
  const bytesAt = ({ start, end }: Location) => descriptorSet.subarray(start, end);
  const typesOf = <T>(kind: keyof Locations, read: (name: string, at: Location) => T) =>
    lazy((name) => index.find(kind, name), read);
  let successors: ReadonlyMap<string, string> | undefined;
  const message = typesOf("messages", (name, at) => readMessage(name, bytesAt(at), at.proto3));
  return {
    message,
    enum: typesOf("enums", (name, at) => readEnum(name, bytesAt(at))),
    service: typesOf("services", (name, at) => readService(name, bytesAt(at))),
    messages: () => index.all().messages.keys(),
    services: () => index.all().services.keys(),
    resolveTypeUrl: (url) => {
      const name = typeNameOf(url);
      return name === undefined ? undefined : message(name);
    },
    successor: (name) => {
      successors ??= readSuccessors(descriptorSet, index.all().messages);
      return successors.get(name);
    },
  };
}

function lazy<T>(
  find: (name: string) => Location | undefined,
  read: (name: string, at: Location) => T,
): (name: string) => T | undefined {
  const known = new Map<string, T>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const at = find(name);
    if (at === undefined) return undefined;
    const descriptor = read(name, at);
    known.set(name, descriptor);
    return descriptor;
  };
}

function readDescriptorSet(): Uint8Array {
  const folder = new URL("../../data/", import.meta.url);
  const name = readdirSync(folder).find((file) => file.endsWith(".binpb"));
  if (name === undefined) throw new Error(`No descriptor set (*.binpb) in "${folder.pathname}"`);
  return readFileSync(new URL(name, folder));
}
