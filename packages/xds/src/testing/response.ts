import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";
import type { Variant } from "../stream/request.ts";
import { readBody } from "./content.ts";

/** A response as a transcript sees it. */
export interface HeardResponse {
  readonly typeUrl: string;
  readonly version: string;
  readonly nonce: string;
  readonly resources: readonly HeardResource[];
  /** Names of what is gone: delta. */
  readonly removed: readonly string[];
}

export interface HeardResource {
  readonly name: string;
  /** The type of the message, out of its wrapper; undefined without a message. */
  readonly typeUrl: string | undefined;
  /** Delta: the version of the resource. */
  readonly version: string;
  readonly content: string | undefined;
  readonly aliases: readonly string[];
  readonly ttlSeconds: number | undefined;
  /** True for a `Resource` in a SotW response. */
  readonly wrapped: boolean;
}

/** Reads a `DiscoveryResponse` or a `DeltaDiscoveryResponse`. */
export function readResponse(variant: Variant, bytes: Uint8Array): HeardResponse {
  const fields = readFields(bytes);
  const text = (field: number) => toText(fields.get(field)?.[0]);
  const read = variant === "sotw" ? readAny : readResource;
  return {
    version: text(1),
    resources: (fields.get(2) ?? []).map((entry) => read(entry)),
    typeUrl: text(4),
    nonce: text(5),
    removed: variant === "delta" ? (fields.get(6) ?? []).map(toText) : [],
  };
}

/** A resource in the words of a transcript: `a=1~alias%30s`, in brackets if it is wrapped. */
export function formatResource({ name, content, aliases, ttlSeconds, wrapped }: HeardResource): string {
  const head = content === undefined ? name : `${name}=${content}`;
  const text = [head, ...aliases].join("~") + (ttlSeconds === undefined ? "" : `%${ttlSeconds}s`);
  return wrapped ? `[${text}]` : text;
}

const wrapperUrl = "type.googleapis.com/envoy.service.discovery.v3.Resource";

function readAny(bytes: Uint8Array): HeardResource {
  const fields = readFields(bytes);
  const typeUrl = toText(fields.get(1)?.[0]);
  const body = fields.get(2)?.[0] ?? new Uint8Array();
  if (typeUrl === wrapperUrl) return { ...readResource(body), wrapped: true };
  return {
    typeUrl,
    ...readBody(typeUrl, body),
    ...{ version: "", aliases: [], ttlSeconds: undefined, wrapped: false },
  };
}

function readResource(bytes: Uint8Array): HeardResource {
  const fields = readFields(bytes);
  const any = fields.get(2)?.[0];
  const ttl = fields.get(6)?.[0];
  const message = any === undefined ? { typeUrl: undefined, name: "", content: undefined } : readAny(any);
  const name = toText(fields.get(3)?.[0]);
  return {
    ...{ typeUrl: message.typeUrl, content: message.content, wrapped: false },
    // Both, so that no transcript expects it, if the message has another name than its entry.
    name: message.name === "" || message.name === name ? name : `${name}/${message.name}`,
    version: toText(fields.get(1)?.[0]),
    aliases: (fields.get(4) ?? []).map(toText),
    ttlSeconds: ttl && readSeconds(ttl),
  };
}

/** The length-delimited fields of a message. */
function readFields(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const fields = new Map<number, Uint8Array[]>();
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === makeTag(tag >>> 3, WireType.Bytes))
      fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), reader.bytes()]);
    else reader.skip(tag);
  }
  return fields;
}

function toText(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

function readSeconds(duration: Uint8Array): number {
  const reader = new WireReader(duration);
  reader.tag();
  return reader.varint();
}
