import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Resource } from "../resource/resource.ts";
import type { Leaf } from "../snapshot/leaves.ts";
import type { ResourceMap, ResourceSet } from "../snapshot/resource-set.ts";
import type { SortedMap } from "../snapshot/sorted-map.ts";
import type { Variant } from "./request.ts";
import type { Subscription, Withheld } from "./subscription.ts";
import type { Update } from "./update.ts";

/** A response in wire format but for its nonce: bytes that every stream that is sent the same shares. */
export interface Frame {
  readonly chunks: readonly Uint8Array[];
  /** The sum of the chunks' lengths. */
  readonly length: number;
}

/** A SotW response with the resources of an update. */
export function sotwUpdateFrame(set: ResourceSet, update: Update): Frame {
  return remember(updateFrames, update, `sotw/${set.typeUrl}/${set.version}`, () =>
    toFrame(sotwHead(set), pack(update.resources, set.resources, "sotw")),
  );
}

/** A SotW response with all that a client subscribes to, what is withheld included. */
export function sotwFullFrame(set: ResourceSet, subscription: Subscription, withheld: SortedMap<Withheld>): Frame {
  const { wildcard, names } = subscription;
  const key = `${set.typeUrl}/${set.version}/${wildcard ? "*" : names.id}/${withheld.id}`;
  return remember(fullFrames, set.resources, key, () => {
    const wanted = wildcard ? set.resources : [...names].flatMap((name) => set.resources.get(name) ?? []);
    const still = [...withheld].flatMap(({ resource }) => resource ?? []);
    return toFrame(sotwHead(set), [...pack(wanted, set.resources, "sotw"), ...pack(still, set.resources, "sotw")]);
  });
}

/** A delta response with the resources of an update, and with what it withdraws. */
export function deltaFrame(set: ResourceSet, update: Update, withdrawn: SortedMap<Withheld>): Frame {
  return remember(updateFrames, update, `delta/${set.typeUrl}/${set.version}/${withdrawn.id}`, () =>
    toFrame(deltaHead(set, [...withdrawn.keys(), ...update.missing]), pack(update.resources, set.resources, "delta")),
  );
}

/** The nonce, which is a field of its own in every response: the part that differs from stream to stream. */
export function encodeNonce(nonce: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(2 + nonce.length);
  bytes[0] = nonceTag;
  bytes[1] = nonce.length;
  bytes.write(nonce, 2, "latin1");
  return bytes;
}

const nonceTag = (5 << 3) | WireType.Bytes;

/** Different answers at the same point are few; more are not worth their memory. */
const maxRemembered = 16;
const updateFrames = new WeakMap<Update, Map<string, Frame>>();
const fullFrames = new WeakMap<ResourceMap, Map<string, Frame>>();

function remember<K extends object>(
  memo: WeakMap<K, Map<string, Frame>>,
  of: K,
  key: string,
  make: () => Frame,
): Frame {
  const known = memo.get(of) ?? new Map<string, Frame>();
  memo.set(of, known);
  const frame = known.get(key) ?? make();
  if (known.size >= maxRemembered && !known.has(key)) known.clear();
  known.set(key, frame);
  return frame;
}

function toFrame(head: Uint8Array, entries: readonly Uint8Array[]): Frame {
  const chunks = [head, ...entries];
  return { chunks, length: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}

function sotwHead({ version, typeUrl }: ResourceSet): Uint8Array {
  const writer = new WireWriter();
  return writer.tag(1, WireType.Bytes).string(version).tag(4, WireType.Bytes).string(typeUrl).finish();
}

function deltaHead({ version, typeUrl }: ResourceSet, removed: readonly string[]): Uint8Array {
  const writer = new WireWriter();
  writer.tag(1, WireType.Bytes).string(version).tag(4, WireType.Bytes).string(typeUrl);
  for (const name of removed) writer.tag(6, WireType.Bytes).string(name);
  return writer.finish();
}

/** The entries of resources that stand in name order. Leaves that are in it whole are packed once for all frames. */
function pack(resources: Iterable<Resource>, all: ResourceMap, variant: Variant): Uint8Array[] {
  if (resources === all) return all.leaves.flatMap((leaf) => packLeaf(leaf, variant));
  const list = [...resources];
  const chunks: Uint8Array[] = [];
  let rest: Resource[] = [];
  let at = 0;
  for (const leaf of list.length < shortList ? [] : all.leaves) {
    const first = leaf.keys[0] as string; // leaves are never empty
    for (; at < list.length && nameAt(list, at) < first; at++) rest.push(list[at] as Resource);
    if (!leaf.values.every((resource, i) => list[at + i] === resource)) continue;
    chunks.push(...concat(rest, variant), ...packLeaf(leaf, variant));
    rest = [];
    at += leaf.values.length;
  }
  chunks.push(...concat([...rest, ...list.slice(at)], variant));
  return chunks;
}

/** Shorter lists than this are copied as they are. */
const shortList = 32;

function nameAt(list: readonly Resource[], index: number): string {
  return (list[index] as Resource).name; // callers stay within bounds
}

const packed: Record<Variant, WeakMap<Leaf<Resource>, Uint8Array[]>> = { sotw: new WeakMap(), delta: new WeakMap() };

function packLeaf(leaf: Leaf<Resource>, variant: Variant): Uint8Array[] {
  const known = packed[variant].get(leaf) ?? concat(leaf.values, variant);
  packed[variant].set(leaf, known);
  return known;
}

/** An entry of at least this many bytes is not copied but is a chunk of its own. */
const largeEntry = 16 * 1024;

function concat(resources: readonly Resource[], variant: Variant): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const flush = () => {
    if (small.length > 0) chunks.push(small.length === 1 ? (small[0] as Uint8Array) : Buffer.concat(small));
    small = [];
  };
  for (const { entry, anyStart } of resources) {
    const bytes = variant === "delta" ? entry : entry.subarray(anyStart);
    if (bytes.length < largeEntry) small.push(bytes);
    else {
      flush();
      chunks.push(bytes);
    }
  }
  flush();
  return chunks;
}
