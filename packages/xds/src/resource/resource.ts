import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type EntryParts, EntryWriter, readVersion, writeVersion } from "./entry-writer.ts";
import { Fingerprint } from "./fingerprint.ts";
import { Interned } from "./interned.ts";
import type { Slab } from "./slab.ts";
import { readTextField } from "./text-field.ts";
import { typeOf } from "./type.ts";
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
  /**
   * 16 hex digits from a hash of all the content: equal on every replica and after every restart. Worked out when it is
   * first asked for.
   */
  readonly version: string;
  /** A fingerprint of all the content, as two numbers of 32 bits with a sign: see `Fingerprint`. */
  readonly fingerprintHigh: number;
  readonly fingerprintLow: number;
  /**
   * A whole entry of `DeltaDiscoveryResponse.resources`, with its version. The `Any` stands last in it, under the field
   * number that `DiscoveryResponse.resources` has too.
   * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto
   */
  readonly entry: Uint8Array;
  /** Bytes of the entry. */
  readonly length: number;
  /** Where in it the `Any` begins: the tail from there is the entry of a SotW response. */
  readonly anyStart: number;
  /** That tail, for which no version is worked out. */
  readonly any: Uint8Array;
  /** The message in wire format: the tail of that. */
  readonly body: Uint8Array;
  /** Writes `entry` over other bytes, from a place on; returns its length. To make a view of it first would take longer. */
  copyEntry(target: Uint8Array, at: number): number;
  /** The same of `any`. */
  copyAny(target: Uint8Array, at: number): number;
}

/** Makes the resource, or finds the one with the same content. */
export function toResource(init: ResourceInit): Resource {
  const { typeUrl, body, ttlMs, onDemand = false } = init;
  const name = canonicalName(init.name);
  if (!name.isWellFormed()) throw new TypeError("Cannot make a resource: its name has half of a surrogate pair");
  const aliases = (init.aliases ?? []).map(canonicalName);
  const isPlain = aliases.length === 0 && ttlMs === undefined;
  const plain = plainKind(typeUrl);
  const bytes = Buffer.from(name);
  const parts = {
    name: bytes,
    nameStart: 0,
    nameEnd: bytes.length,
    extras: isPlain ? none : encodeExtras(aliases, ttlMs),
    anyHead: body && plain.anyHead,
    body: body ?? none,
  };
  return intern(parts, isPlain && !onDemand ? plain : { ...plain, aliases, ttlMs, onDemand });
}

/** Whether a value was made here. */
export function isResource(value: unknown): value is Resource {
  return value instanceof EncodedResource;
}

/**
 * The same for a message that says its name itself, as `readName` reads it, where that costs little: for what was encoded
 * here. Undefined if it has no name.
 */
export function toNamedResource(typeUrl: string, body: Uint8Array): Resource | undefined {
  // Fields are encoded in the order of their numbers.
  const nameLength = body.length > 2 && body[0] === nameTag ? (body[1] as number) : 0;
  if (nameLength === 0 || nameLength >= 0x80 || body[2] === letterX) {
    const name = readName(body);
    return name === "" ? undefined : toResource({ typeUrl, name, body });
  }
  const kind = plainKind(typeUrl);
  named.name = body;
  named.nameEnd = named.nameStart + nameLength;
  named.anyHead = kind.anyHead;
  named.body = body;
  const resource = intern(named, kind);
  named.name = none;
  named.body = none;
  return resource;
}

/** Whether `toResource` would find this very resource. */
export function isMadeOf(resource: Resource, init: ResourceInit): boolean {
  const { typeUrl, name, body, aliases = [], ttlMs, onDemand = false } = init;
  return (
    resource.name === name &&
    resource.typeUrl === typeUrl &&
    resource.ttlMs === ttlMs &&
    resource.onDemand === onDemand &&
    resource.aliases.length === aliases.length &&
    resource.aliases.every((alias, i) => alias === aliases[i]) &&
    hasBody(resource) === (body !== undefined) &&
    (body === undefined || Buffer.compare(resource.body, body) === 0)
  );
}

/** The message of a resource in wire format: a view, not a copy. */
export function bodyOf(resource: Resource): Uint8Array {
  return resource.body;
}

/** False for one that tells that its name does not exist. */
export function hasBody(resource: Resource): boolean {
  return resource.anyStart < resource.length;
}

/**
 * Reads the name that a message of one of Envoy's resource types carries: all have it in field 1 but `LbEndpoint`,
 * which has none. Returns "" where there is none.
 */
export function readName(body: Uint8Array): string {
  return readTextField(body, 1);
}

/** What resources have in common, mostly. */
interface Kind extends Pick<Resource, "typeUrl" | "aliases" | "ttlMs" | "onDemand"> {
  /** The type URL as an `Any` has it. */
  readonly anyHead: Uint8Array;
}

/** Kept small, as there may be very many. */
class EncodedResource implements Resource {
  readonly name: string;
  readonly anyStart: number;
  readonly #bodyStart: number;
  readonly fingerprintHigh: number;
  readonly fingerprintLow: number;
  readonly #kind: Kind;
  /** Where the entry stands. */
  readonly slab: Slab<EncodedResource>;
  readonly start: number;
  readonly length: number;

  /** Of what was written last behind what is in use of the slab. */
  constructor(name: string, kind: Kind, slab: Slab<EncodedResource>, length: number) {
    this.name = name;
    this.anyStart = writer.anyStart;
    this.#bodyStart = writer.bodyStart;
    this.fingerprintHigh = fingerprint.high;
    this.fingerprintLow = fingerprint.low;
    this.#kind = kind;
    this.slab = slab;
    this.start = slab.used;
    this.length = length;
  }

  get typeUrl(): string {
    return this.#kind.typeUrl;
  }

  get aliases(): readonly string[] {
    return this.#kind.aliases;
  }

  get ttlMs(): number | undefined {
    return this.#kind.ttlMs;
  }

  get onDemand(): boolean {
    return this.#kind.onDemand;
  }

  get collection(): string | undefined {
    return collectionOf(this.name);
  }

  get version(): string {
    return readVersion(this.entry);
  }

  get entry(): Buffer {
    this.#complete();
    return this.#tail(0);
  }

  get any(): Buffer {
    return this.#tail(this.anyStart);
  }

  get body(): Buffer {
    return this.#tail(this.#bodyStart);
  }

  copyEntry(target: Uint8Array, at: number): number {
    this.#complete();
    return this.#copy(target, at, 0);
  }

  copyAny(target: Uint8Array, at: number): number {
    return this.#copy(target, at, this.anyStart);
  }

  #complete(): void {
    writeVersion(this.slab.bytes, this.start, this.start + this.length);
  }

  #copy(target: Uint8Array, at: number, from: number): number {
    return this.slab.bytes.copy(target, at, this.start + from, this.start + this.length);
  }

  #tail(from: number): Buffer {
    return this.slab.bytes.subarray(this.start + from, this.start + this.length);
  }
}

const none: Uint8Array = new Uint8Array(0);

/** The parts of a resource that says its own name: one object for all. */
const named: EntryParts = { name: none, nameStart: 2, nameEnd: 2, extras: none, anyHead: undefined, body: none };

const writer = new EntryWriter();
const fingerprint = new Fingerprint();

/** Every resource that is in use somewhere. */
const resources = new Interned<EncodedResource>();

/** Writes an entry, and makes a resource of it if there is none with the same content. */
function intern(parts: EntryParts, kind: Kind): Resource {
  const length = writer.measure(parts);
  const isShort = length <= shortEntry;
  // What is long is written where it is to stay.
  let slab = isShort ? undefined : resources.slabFor(length);
  written = slab?.bytes.subarray(slab.used, slab.used + length) ?? spare(length);
  writtenKind = kind;
  writer.write(written, parts);
  // What stands in front is the same for all of that length.
  fingerprint.take(isShort ? spareView : new DataView(written.buffer, written.byteOffset), writer.versionEnd, length);
  let resource = resources.find(fingerprint.high, fingerprint.low, isWritten);
  if (resource === undefined) {
    slab ??= resources.slabFor(length);
    if (isShort) slab.bytes.set(written, slab.used);
    const name = utf8(parts.name, parts.nameStart, parts.nameEnd);
    resource = new EncodedResource(name, kind, slab, length);
    resources.add(resource, slab, length);
  }
  written = none;
  return resource;
}

/** What was written last, without a version. No objects are made, as this is done for each resource that is read. */
let written = none;
let writtenKind: Kind | undefined;

function isWritten({ length, slab, start, onDemand }: EncodedResource): boolean {
  if (length !== written.length || onDemand !== writtenKind?.onDemand) return false;
  const { versionEnd } = writer;
  return slab.bytes.compare(written, versionEnd, length, start + versionEnd, start + length) === 0;
}

/** So many bytes to write to, until the next time. */
function spare(length: number): Uint8Array {
  spares[length] ??= new Uint8Array(spareBytes, 0, length);
  return spares[length];
}

const shortEntry = 1024;
const spareBytes = new ArrayBuffer(shortEntry);
const spareView = new DataView(spareBytes);
/** Views by their length: to make one would take as long as to write an entry. */
const spares = new Array<Uint8Array | undefined>(shortEntry + 1).fill(undefined);

function plainKind(typeUrl: string): Kind {
  // Most come one after the other, and a map takes a while for each.
  if (typeUrl === lastKind?.typeUrl) return lastKind;
  lastKind = findKind(typeUrl);
  return lastKind;
}

let lastKind: Kind | undefined;

function findKind(typeUrl: string): Kind {
  const known = plainKinds.get(typeUrl);
  if (known !== undefined) return known;
  const anyHead = new WireWriter().tag(1, WireType.Bytes).string(typeUrl).finish();
  const kind = { typeUrl, aliases: [], ttlMs: undefined, onDemand: false, anyHead };
  if (typeOf(typeUrl) !== undefined) plainKinds.set(typeUrl, kind);
  return kind;
}

/** Of the types that there are: what clients name is without end. */
const plainKinds = new Map<string, Kind>();

/** As a method of any byte array: a view of it would cost more. */
const utf8 = (bytes: Uint8Array, start: number, end: number): string => utf8Slice.call(bytes, start, end);
const { utf8Slice } = Buffer.prototype;

const nameTag = 0x0a;
/** What a name may begin with that has another form: see `canonicalName`. */
const letterX = 0x78;

function encodeExtras(aliases: readonly string[], ttlMs: number | undefined): Uint8Array {
  const extras = new WireWriter();
  for (const alias of aliases) extras.tag(4, WireType.Bytes).string(alias);
  if (ttlMs !== undefined) extras.tag(6, WireType.Bytes).bytes(encodeDuration(ttlMs));
  return extras.finish();
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
