import { hash } from "node:crypto";
import { sizeOfVarint, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { readTextField } from "./text-field.ts";
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

/** Every resource that is in use somewhere, by version. */
const resources = new WeakValues<string, Resource>();

const head = new WireWriter();
const anyHead = new WireWriter();
const start = new WireWriter();

function encodeResource({ typeUrl, body, ttlMs, onDemand = false, ...names }: ResourceInit): Resource {
  const name = canonicalName(names.name);
  const aliases = (names.aliases ?? []).map(canonicalName);
  head.tag(1, WireType.Bytes).string("0".repeat(versionLength)).tag(3, WireType.Bytes).string(name);
  for (const alias of aliases) head.tag(4, WireType.Bytes).string(alias);
  if (ttlMs !== undefined) head.tag(6, WireType.Bytes).bytes(encodeDuration(ttlMs));
  if (body !== undefined) anyHead.tag(1, WireType.Bytes).string(typeUrl).tag(2, WireType.Bytes).varint(body.length);
  const anyLength = anyHead.length + (body?.length ?? 0);
  const anySize = body === undefined ? 0 : 1 + sizeOfVarint(anyLength) + anyLength;

  start.tag(2, WireType.Bytes).varint(head.length + anySize);
  const versionStart = start.length + 2;
  start.raw(head.finish());
  const anyStart = start.length;
  if (body !== undefined) start.tag(2, WireType.Bytes).varint(anyLength).raw(anyHead.finish());
  const bodyStart = start.length;

  const entry = Buffer.allocUnsafe(anyStart + anySize);
  entry.set(start.finish(), 0);
  if (body !== undefined) entry.set(body, bodyStart);
  const version = hash("sha256", entry, "hex").slice(0, versionLength);
  entry.write(version, versionStart, "latin1");
  const collection = collectionOf(name);
  return { typeUrl, name, aliases, ttlMs, onDemand, collection, version, entry, anyStart, bodyStart };
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
