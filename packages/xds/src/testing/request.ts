import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Variant } from "../stream/request.ts";
import { resourceOf } from "./content.ts";
import { parseWord, type RequestLine, type Word } from "./line.ts";
import type { HeardResponse } from "./response.ts";
import { toTypeUrl } from "./types.ts";

/** What the words of a request stand for, where they stand for what was heard before. */
export interface RequestContext {
  /** The `Node` to send along, in wire format. */
  readonly node?: Uint8Array | undefined;
  /** The response whose nonce the transcript calls so; `last` is the last of the type. */
  heardAs(label: string, typeUrl: string): HeardResponse | undefined;
  /** The versions that the client has accepted, by type URL: an ACK adds one. */
  readonly accepted: Map<string, string>;
  /** The version that the server gave a resource. */
  versionOf(typeUrl: string, word: Word): string;
}

/** Takes words as they are, and the versions that our own server gives. */
export function literally(): RequestContext {
  return {
    heardAs: () => undefined,
    accepted: new Map(),
    versionOf: (typeUrl, word) => resourceOf(typeUrl, word).version,
  };
}

/** Field numbers of what a transcript says in a request. */
const fieldsOf = {
  sotw: { version: 1, node: 2, names: 3, typeUrl: 4, nonce: 5, error: 6, unsubscribe: 0, has: 0 },
  delta: { version: 0, node: 1, typeUrl: 2, names: 3, unsubscribe: 4, has: 5, nonce: 6, error: 7 },
} as const;

export function encodeRequest(variant: Variant, line: RequestLine, context: RequestContext = literally()): Uint8Array {
  const { words } = line;
  const fields = fieldsOf[variant];
  const typeUrl = toTypeUrl(line.type);
  const writer = new WireWriter();
  const text = (field: number, value: string) => writer.tag(field, WireType.Bytes).string(value);
  const message = (field: number, value: Uint8Array) => writer.tag(field, WireType.Bytes).bytes(value);
  if (context.node !== undefined) message(fields.node, context.node);
  text(fields.typeUrl, typeUrl);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "ack" || word === "nack" || word === "nonce") {
      const label = words[++i] ?? "";
      const heard = context.heardAs(label, typeUrl);
      if (word === "ack" && heard !== undefined) context.accepted.set(typeUrl, heard.version);
      text(fields.nonce, heard?.nonce ?? (label === "last" ? "" : label));
      if (word === "nack") message(fields.error, encodeStatus(words[++i] ?? ""));
    } else if (word === "node") message(fields.node, encodeNode({ id: words[++i] ?? "" }));
    else if (word.startsWith("@")) context.accepted.set(typeUrl, word.slice(1));
    else if (variant === "sotw") text(fields.names, word);
    else if (word.startsWith("+")) text(fields.names, word.slice(1));
    else if (word.startsWith("-")) text(fields.unsubscribe, word.slice(1));
    else message(fields.has, encodeClaim(parseWord(word).name, context.versionOf(typeUrl, parseWord(word))));
  }
  const accepted = context.accepted.get(typeUrl);
  if (variant === "sotw" && accepted !== undefined) text(fields.version, accepted);
  return writer.finish();
}

/** A `Node`: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/base.proto#config-core-v3-node */
export function encodeNode(node: { readonly id: string; readonly clientFeatures?: readonly string[] }): Uint8Array {
  const writer = new WireWriter().tag(1, WireType.Bytes).string(node.id);
  for (const feature of node.clientFeatures ?? []) writer.tag(10, WireType.Bytes).string(feature);
  return writer.finish();
}

function encodeStatus(message: string): Uint8Array {
  return new WireWriter()
    .tag(1, WireType.Varint)
    .int32(13)
    .tag(2, WireType.Bytes)
    .string(message.replaceAll('"', ""))
    .finish();
}

function encodeClaim(name: string, version: string): Uint8Array {
  return new WireWriter().tag(1, WireType.Bytes).string(name).tag(2, WireType.Bytes).string(version).finish();
}
