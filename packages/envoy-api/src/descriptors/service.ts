import type { WireReader } from "../wire/index.ts";
import type { HttpRule, ServiceDescriptor } from "./descriptor.ts";
import { bytes, either, flag, list, maybe, record, text } from "./record.ts";

/** Reads a `ServiceDescriptorProto`. */
export function readService(name: string, proto: Uint8Array): ServiceDescriptor {
  const { methods, options } = readServiceProto(proto);
  const { resource } = readServiceOptions(options);
  return {
    name,
    methods: methods.map((method) => ({
      name: method.name,
      inputType: method.inputType.slice(1), // without the leading dot
      outputType: method.outputType.slice(1),
      clientStreaming: method.clientStreaming,
      serverStreaming: method.serverStreaming,
      http: toHttpRule(readMethodOptions(method.options).http),
    })),
    resourceType: resource === undefined ? undefined : readResource(resource).type,
  };
}

function toHttpRule(proto: Uint8Array | undefined): HttpRule | undefined {
  if (proto === undefined) return undefined;
  const { body, ...paths } = readHttpRule(proto);
  for (const verb of ["GET", "PUT", "POST", "DELETE", "PATCH"] as const) {
    const path = paths[verb];
    if (path !== undefined) return { verb, path, body };
  }
  return undefined;
}

const nothing = new Uint8Array();

const readMethod = record({
  name: either(1, text, ""),
  inputType: either(2, text, ""),
  outputType: either(3, text, ""),
  options: either(4, bytes, nothing),
  clientStreaming: either(5, flag, false),
  serverStreaming: either(6, flag, false),
});

const readServiceProto = record({
  methods: list(2, (reader: WireReader) => readMethod(reader.bytes())),
  options: either(3, bytes, nothing),
});

const readServiceOptions = record({ resource: maybe(265073217, bytes) }); // envoy.annotations.resource
const readResource = record({ type: either(1, text, "") });

const readMethodOptions = record({ http: maybe(72295728, bytes) }); // google.api.http
const readHttpRule = record({
  GET: maybe(2, text),
  PUT: maybe(3, text),
  POST: maybe(4, text),
  DELETE: maybe(5, text),
  PATCH: maybe(6, text),
  body: either(7, text, ""),
});
