import { hash } from "node:crypto";
import { sizeOfVarint, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { allocate } from "./slab.ts";
import { readTextField } from "./text-field.ts";
import { typeOf } from "./type.ts";
import { WeakValues } from "./weak-values.ts";
import { canonicalName, collectionOf } from "./xdstp.ts";

/** What a resource is made of. */
export interface ResourceInit {
  /** `type.googleapis.com/` and the full name of the message. */
  readonly typeUrl: string;
  readonly name: string;
  /** The message in wire format. Left out, the resource tells a delta client that the name does not exist. */
  readonly body?: Uint8Array | undefined;
  /** Other names that a delta subscription finds it by. */
  readonly aliases?: readonly string[];
  /** How long a client may keep it without hearing of it again. Default: for ever. */
  readonly ttlMs?: number;
  /** True for what only those get who ask for it by name, not those who ask for everything. Default: false. */
  readonly onDemand?: boolean;
}

/**
 * One named Envoy message, encoded once: the bytes that every response carries are made here and shared from then on.
 * Equal content is one object, so that identity says whether anything changed.
 */
export interface Resource {
  readonly typeUrl: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly ttlMs: number | undefined;
  readonly onDemand: boolean;
  /** The glob collection that it is in, for an `xdstp://` name. */
  readonly collection: string | undefined;
  /** 16 hex digits from a hash of all the content: equal on every replica and after every restart. */
  readonly version: string;
  /**
   * A whole entry of `DeltaDiscoveryResponse.resources`. The `Any` stands last in it, under the field number that
   * `DiscoveryResponse.resources` has too: its tail from `anyStart` is the entry of a SotW response.
   * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto
   */
  readonly entry: Uint8Array;
  readonly anyStart: number;
  readonly bodyStart: number;
}

/** Makes the resource, or finds the one with the same content. */
export function toResource(init: ResourceInit): Resource {
  const resource = encodeResource(init);
  const key = resource.onDemand ? `${resource.version} on demand` : resource.version;
  const known = resources.get(key);
  if (known !== undefined) return Buffer.compare(known.entry, resource.entry) === 0 ? known : resource;
  resources.set(key, resource);
  return resource;
}

/** Whether `toResource` would find this very resource. */
export function isMadeOf(resource: Resource, init: ResourceInit): boolean {
  const { typeUrl, name, body, aliases = [], ttlMs, onDemand = false } = init;
  const { entry, bodyStart } = resource;
  return (
    resource.name === name &&
    resource.typeUrl === typeUrl &&
    resource.ttlMs === ttlMs &&
    resource.onDemand === onDemand &&
    resource.aliases.length === aliases.length &&
    resource.aliases.every((alias, i) => alias === aliases[i]) &&
    hasBody(resource) === (body !== undefined) &&
    (body === undefined || Buffer.compare(entry.subarray(bodyStart), body) === 0)
  );
}

/** The message of a resource in wire format: a view, not a copy. */
export function bodyOf(resource: Resource): Uint8Array {
  return resource.entry.subarray(resource.bodyStart);
}

/** False for one that tells that its name does not exist. */
export function hasBody(resource: Resource): boolean {
  return resource.anyStart < resource.entry.length;
}

/**
 * Reads the name that a message of one of Envoy's resource types carries: all have it in field 1 but `LbEndpoint`,
 * which has none. Returns "" where there is none.
 */
export function readName(body: Uint8Array): string {
  return readTextField(body, 1);
}

const versionLength = 16;
const noVersion = "0".repeat(versionLength);

/** Every resource that is in use somewhere, by version. */
const resources = new WeakValues<string, Resource>();

const writer = new WireWriter();

/** Lengths stand in front of what they count in protobuf, so they are worked out first and all is written once. */
function encodeResource({ typeUrl, body, ttlMs, onDemand = false, ...names }: ResourceInit): Resource {
  const name = canonicalName(names.name);
  const aliases = (names.aliases ?? []).map(canonicalName);
  const extras = aliases.length === 0 && ttlMs === undefined ? none : encodeExtras(aliases, ttlMs);
  const any = body === undefined ? none : anyHead(typeUrl);
  const anyLength = body === undefined ? 0 : any.length + sizeOfField(body.length);
  const headLength = sizeOfField(versionLength) + sizeOfField(Buffer.byteLength(name)) + extras.length;

  const entryLength = headLength + (body === undefined ? 0 : sizeOfField(anyLength));
  writer.truncate(0).tag(2, WireType.Bytes).varint(entryLength);
  const versionStart = writer.length + 2;
  writer.tag(1, WireType.Bytes).string(noVersion).tag(3, WireType.Bytes).string(name).raw(extras);
  const anyStart = writer.length;
  if (body !== undefined) {
    writer.tag(2, WireType.Bytes).varint(anyLength).raw(any).tag(2, WireType.Bytes).varint(body.length);
  }
  const bodyStart = writer.length;

  const entry = allocate(bodyStart + (body?.length ?? 0));
  entry.set(writer.finish(), 0);
  if (body !== undefined) entry.set(body, bodyStart);
  entry.write(hash("sha256", entry, "hex"), versionStart, versionLength, "latin1");
  // Read from there, it is a string of its own and does not keep the longer one alive.
  const version = entry.toString("latin1", versionStart, versionStart + versionLength);
  const collection = collectionOf(name);
  return { typeUrl, name, aliases, ttlMs, onDemand, collection, version, entry, anyStart, bodyStart };
}

const none = new Uint8Array(0);

/** The size of a field with a small number that has a length and so many bytes. */
function sizeOfField(length: number): number {
  return 1 + sizeOfVarint(length) + length;
}

function encodeExtras(aliases: readonly string[], ttlMs: number | undefined): Uint8Array {
  const extras = new WireWriter();
  for (const alias of aliases) extras.tag(4, WireType.Bytes).string(alias);
  if (ttlMs !== undefined) extras.tag(6, WireType.Bytes).bytes(encodeDuration(ttlMs));
  return extras.finish();
}

/** The type URL as an `Any` has it, the same for all resources of a type. */
function anyHead(typeUrl: string): Uint8Array {
  if (typeOf(typeUrl) === undefined) return encodeTypeUrl(typeUrl);
  const known = anyHeads.get(typeUrl) ?? encodeTypeUrl(typeUrl);
  anyHeads.set(typeUrl, known);
  return known;
}

/** Of the types that there are: what clients name is without end. */
const anyHeads = new Map<string, Uint8Array>();

function encodeTypeUrl(typeUrl: string): Uint8Array {
  return new WireWriter().tag(1, WireType.Bytes).string(typeUrl).finish();
}

/** A `google.protobuf.Duration`. */
function encodeDuration(ms: number): Uint8Array {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  const writer = new WireWriter();
  if (seconds !== 0) writer.tag(1, WireType.Varint).int64(BigInt(seconds));
  if (nanos !== 0) writer.tag(2, WireType.Varint).int32(nanos);
  return writer.finish();
}
