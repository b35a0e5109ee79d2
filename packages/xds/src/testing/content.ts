import { decodeToJson, encodeJson, type JsonValue } from "@chancery/envoy-api";
import { type Resource, toResource } from "../resource/resource.ts";
import { typeOf } from "../resource/type.ts";
import type { Word } from "./line.ts";

/** How a type carries the content that a transcript gives its resources. */
interface Carrier {
  /** A resource that Envoy, and so any server, takes. */
  write(name: string, content: string): JsonValue;
  /** Where the name and the content stand in it. */
  readonly name: readonly string[];
  readonly content: readonly (string | number)[];
}

/** By the key of the type. */
const carriers: Record<string, Carrier> = {
  runtimes: {
    write: (name, content) => ({ name, layer: { content } }),
    name: ["name"],
    content: ["layer", "content"],
  },
  clusters: {
    write: (name, content) => ({ name, alt_stat_name: content }),
    name: ["name"],
    content: ["alt_stat_name"],
  },
  endpoints: {
    write: (name, content) => ({ cluster_name: name, endpoints: [{ lb_endpoints: [toEndpoint(content)] }] }),
    name: ["cluster_name"],
    content: ["endpoints", 0, "lb_endpoints", 0, "endpoint", "hostname"],
  },
  lbEndpoints: {
    write: (_, content) => toEndpoint(content),
    name: [],
    content: ["endpoint", "hostname"],
  },
  secrets: {
    write: (name, content) => ({ name, generic_secret: { secret: { inline_string: content } } }),
    name: ["name"],
    content: ["generic_secret", "secret", "inline_string"],
  },
  extensionConfigs: {
    write: (name, value) => ({
      name,
      typed_config: { "@type": "type.googleapis.com/google.protobuf.StringValue", value },
    }),
    name: ["name"],
    content: ["typed_config", "value"],
  },
  listeners: {
    write: (name, content) => ({ name, stat_prefix: content }),
    name: ["name"],
    content: ["stat_prefix"],
  },
  scopedRoutes: {
    write: (name, content) => ({
      name,
      route_configuration_name: content,
      key: { fragments: [{ string_key: "any" }] },
    }),
    name: ["name"],
    content: ["route_configuration_name"],
  },
  routes: {
    write: (name, content) => ({ name, request_headers_to_remove: [content] }),
    name: ["name"],
    content: ["request_headers_to_remove", 0],
  },
  virtualHosts: {
    write: (name, content) => ({ name, domains: ["*"], request_headers_to_remove: [content] }),
    name: ["name"],
    content: ["request_headers_to_remove", 0],
  },
};

function toEndpoint(hostname: string): JsonValue {
  return { endpoint: { hostname, address: { socket_address: { address: "127.0.0.1", port_value: 80 } } } };
}

/** The resource that a word of a snapshot stands for. */
export function resourceOf(typeUrl: string, { name, content, aliases, ttlMs, onDemand }: Word): Resource {
  const body = content === undefined ? undefined : encodeBody(typeUrl, name, content);
  return toResource({ typeUrl, name, body, aliases, onDemand, ...(ttlMs !== undefined && { ttlMs }) });
}

/** The name and the content of a message; "" for what it does not have. */
export function readBody(typeUrl: string, body: Uint8Array): { readonly name: string; readonly content: string } {
  const type = typeOf(typeUrl);
  const carrier = type && carriers[type.key];
  if (type === undefined || carrier === undefined) return { name: "", content: "" };
  const json = decodeToJson(type.message, body);
  return { name: textAt(json, carrier.name), content: textAt(json, carrier.content) };
}

function encodeBody(typeUrl: string, name: string, content: string): Uint8Array {
  const type = typeOf(typeUrl);
  const carrier = type && carriers[type.key];
  if (type === undefined || carrier === undefined)
    throw new TypeError(`Transcripts cannot write resources of the type "${typeUrl}"`);
  const encoded = encodeJson(type.message, carrier.write(name, content));
  if (encoded.ok) return encoded.bytes;
  const [problem] = encoded.problems;
  throw new TypeError(`Cannot write "${name}=${content}" in ${type.key}: ${problem?.path} ${problem?.message}`);
}

function textAt(json: JsonValue, path: readonly (string | number)[]): string {
  let value: unknown = json;
  for (const part of path) value = isRecord(value) ? value[part] : undefined;
  return typeof value === "string" ? value : "";
}

/** True for lists too: their indices are keys. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
