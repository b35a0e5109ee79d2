import { makeTag, WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type Resource, toResource } from "../resource/resource.ts";
import { resourceTypes } from "../resource/type.ts";
import type { Variant } from "../stream/request.ts";

/** One line of a transcript. */
export type Line =
  | {
      readonly kind: "snapshot";
      readonly version?: string | undefined;
      /** Resources by the key of their type; undefined for no snapshot. */
      readonly content: Readonly<Record<string, readonly Word[]>> | undefined;
    }
  | RequestLine
  | { readonly kind: "response"; readonly text: string; readonly showVersion: boolean }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "nothing" | "reconnect" | "time" | "beat" };

/** A resource in a transcript: `name=content~alias%30s!`, of which only the name must be; `!` means on demand. */
export interface Word {
  readonly name: string;
  readonly content: string | undefined;
  readonly aliases: readonly string[];
  readonly ttlMs: number | undefined;
  readonly onDemand: boolean;
}

export interface RequestLine {
  readonly kind: "request";
  readonly typeUrl: string;
  readonly words: readonly string[];
}

const fixed: Record<string, Line> = {
  "< nothing": { kind: "nothing" },
  "no snapshot": { kind: "snapshot", content: undefined },
  reconnect: { kind: "reconnect" },
  "time passes": { kind: "time" },
  heartbeat: { kind: "beat" },
};

export function parseLine(line: string): Line {
  const known = fixed[line];
  if (known !== undefined) return known;
  const [first = "", ...words] = line.match(/"[^"]*"|\S+/g) ?? [];
  if (first === "snapshot") return parseSnapshot(words);
  if (first === ">") return { kind: "request", typeUrl: toTypeUrl(words[0] ?? ""), words: words.slice(1) };
  if (first === "<") {
    return { kind: "response", text: words.join(" "), showVersion: words[1]?.startsWith("@") === true };
  }
  if (first === "!") return { kind: "refused", text: line.slice(2) };
  throw new TypeError(`Cannot read the line "${line}"`);
}

function parseSnapshot(words: readonly string[]): Line {
  const content: Record<string, Word[]> = {};
  let version: string | undefined;
  let entries: Word[] = [];
  for (const word of words) {
    if (word.startsWith("@")) version = word.slice(1);
    else if (word.endsWith(":")) content[word.slice(0, -1)] = entries = [];
    else entries.push(parseWord(word));
  }
  return { kind: "snapshot", version, content };
}

function parseWord(word: string): Word {
  const [, stem = "", aliases = "", seconds, onDemand] = /^([^~%!]*)((?:~[^~%!]+)*)(?:%(\d+)s)?(!)?$/.exec(word) ?? [];
  const equals = stem.lastIndexOf("=");
  return {
    name: equals < 0 ? stem : stem.slice(0, equals),
    content: equals < 0 ? undefined : stem.slice(equals + 1),
    aliases: aliases.split("~").filter((alias) => alias !== ""),
    ttlMs: seconds === undefined ? undefined : Number(seconds) * 1000,
    onDemand: onDemand !== undefined,
  };
}

/** The resource that a word of a snapshot stands for. */
export function resourceOf(typeUrl: string, { name, content, aliases, ttlMs, onDemand }: Word): Resource {
  const body = content === undefined ? undefined : encodeBody(name, content);
  return toResource({ typeUrl, name, body, aliases, onDemand, ...(ttlMs !== undefined && { ttlMs }) });
}

/** A message that carries its content in a field that no Envoy type has. */
export function encodeBody(name: string, content: string): Uint8Array {
  return new WireWriter()
    .tag(1, WireType.Bytes)
    .string(name)
    .tag(contentField, WireType.Bytes)
    .string(content)
    .finish();
}

const contentField = 2000;

/** Short names of the types, such as CDS. */
const abbreviations: Record<string, string> = {
  runtimes: "RTDS",
  clusters: "CDS",
  endpoints: "EDS",
  lbEndpoints: "LEDS",
  secrets: "SDS",
  extensionConfigs: "ECDS",
  listeners: "LDS",
  scopedRoutes: "SRDS",
  routes: "RDS",
  virtualHosts: "VHDS",
};

function toTypeUrl(word: string): string {
  if (word === "none") return "";
  return resourceTypes.find(({ key }) => abbreviations[key] === word)?.typeUrl ?? word;
}

function abbreviate(typeUrl: string): string {
  const type = resourceTypes.find((candidate) => candidate.typeUrl === typeUrl);
  return (type && abbreviations[type.key]) ?? typeUrl;
}

/** Field numbers of what a transcript says in a request. */
const requestFields = {
  sotw: { version: 1, names: 3, typeUrl: 4, nonce: 5, error: 6, unsubscribe: 0, has: 0 },
  delta: { version: 0, typeUrl: 2, names: 3, unsubscribe: 4, has: 5, nonce: 6, error: 7 },
} as const;

export function encodeRequest(variant: Variant, { typeUrl, words }: RequestLine): Uint8Array {
  const fields = requestFields[variant];
  const writer = new WireWriter();
  writer.tag(fields.typeUrl, WireType.Bytes).string(typeUrl);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "ack" || word === "nack" || word === "nonce") {
      writer.tag(fields.nonce, WireType.Bytes).string(words[++i] ?? "");
      if (word === "nack") writer.tag(fields.error, WireType.Bytes).bytes(encodeStatus(words[++i] ?? ""));
    } else if (word.startsWith("@")) writer.tag(fields.version, WireType.Bytes).string(word.slice(1));
    else if (variant === "sotw") writer.tag(fields.names, WireType.Bytes).string(word);
    else if (word.startsWith("+")) writer.tag(fields.names, WireType.Bytes).string(word.slice(1));
    else if (word.startsWith("-")) writer.tag(fields.unsubscribe, WireType.Bytes).string(word.slice(1));
    else writer.tag(fields.has, WireType.Bytes).bytes(encodeClaim(resourceOf(typeUrl, parseWord(word))));
  }
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

function encodeClaim({ name, version }: Resource): Uint8Array {
  return new WireWriter().tag(1, WireType.Bytes).string(name).tag(2, WireType.Bytes).string(version).finish();
}

/** A response in the words of a transcript: `CDS 1 a=1 -b`. */
export function formatResponse(variant: Variant, bytes: Uint8Array, showVersion: boolean): string {
  const resources: string[] = [];
  const removed: string[] = [];
  const texts = new Map<number, string>();
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const field = reader.tag() >>> 3;
    if (field === 2) resources.push(variant === "sotw" ? formatAny(reader.bytes()) : formatResource(reader.bytes()));
    else if (field === 6 && variant === "delta") removed.push(`-${reader.string()}`);
    else texts.set(field, reader.string());
  }
  const version = showVersion ? [`@${texts.get(1)}`] : [];
  return [abbreviate(texts.get(4) ?? ""), ...version, texts.get(5), ...resources, ...removed].join(" ");
}

function formatResource(bytes: Uint8Array): string {
  const fields = readFields(bytes);
  const any = fields.get(2)?.[0];
  const aliases = (fields.get(4) ?? []).map((alias) => `~${toText(alias)}`).join("");
  const ttl = fields.get(6)?.[0];
  const head = any === undefined ? toText(fields.get(3)?.[0]) : formatAny(any);
  return `${head}${aliases}${ttl === undefined ? "" : `%${readSeconds(ttl)}s`}`;
}

const wrapperUrl = "type.googleapis.com/envoy.service.discovery.v3.Resource";

function formatAny(bytes: Uint8Array): string {
  const fields = readFields(bytes);
  const value = fields.get(2)?.[0] ?? new Uint8Array();
  if (toText(fields.get(1)?.[0]) === wrapperUrl) return `[${formatResource(value)}]`;
  const body = readFields(value);
  return `${toText(body.get(1)?.[0])}=${toText(body.get(contentField)?.[0])}`;
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
