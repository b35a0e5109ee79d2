import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Resource } from "../resource/resource.ts";
import type { Leaf } from "../snapshot/leaves.ts";
import { Recent, RecentByName } from "../snapshot/recent.ts";
import type { ResourceMap, ResourceSet } from "../snapshot/resource-set.ts";
import type { SortedMap } from "../snapshot/sorted-map.ts";
import { traitsOf } from "../snapshot/traits.ts";
import { entryIn, type Form, heartbeatEntry, lengthIn, writeEntry } from "./entry.ts";
import { find, type Interest, isInterestedIn, isInterestedInAll } from "./interest.ts";
import type { Withheld } from "./subscription.ts";
import type { Update } from "./update.ts";

/** A response in wire format but for its nonce: bytes that every stream that is sent the same shares. */
export interface Frame {
  readonly chunks: readonly Uint8Array[];
  /** The sum of the chunks' lengths. */
  readonly length: number;
}

/** The two ways to write a SotW response. */
export type SotwForm = Exclude<Form, "delta">;

interface Sharing {
  /** Whether other clients are probably told the same, and what is made is kept for them. */
  readonly isShared: boolean;
}

interface SotwFrameOptions extends Sharing {
  readonly form: SotwForm;
}

/** A SotW response with the resources of an update. */
export function sotwUpdateFrame(set: ResourceSet, update: Update, { form, isShared }: SotwFrameOptions): Frame {
  const make = () => toFrame(sotwHead(set), pack(update.resources, set.resources, { form, isShared }));
  return isShared ? updateFrames.of(update, `${form}/${set.typeUrl}/${set.version}`, make) : make();
}

/** A SotW response with all that a client subscribes to, what is withheld included. */
export function sotwFullFrame(
  set: ResourceSet,
  interest: Interest,
  { form, withheld, isShared }: SotwFrameOptions & { readonly withheld: SortedMap<Withheld> },
): Frame {
  const make = () => {
    const entries = pack(wanted(set.resources, interest), set.resources, { form, isShared });
    if (withheld.size === 0) return toFrame(sotwHead(set), entries);
    const still = [...withheld].flatMap(({ resource }) => resource ?? []);
    return toFrame(sotwHead(set), entries.concat(concat(still, form)));
  };
  if (!isShared) return make();
  const key = `${form}/${set.typeUrl}/${set.version}/${interest.wildcard ? "*" : ""}${interest.names.id}/${withheld.id}`;
  return fullFrames.of(set.resources, key, make);
}

/** A delta response with the resources of an update, and with what it withdraws. */
export function deltaFrame(
  set: ResourceSet,
  update: Update,
  { withdrawn, isShared }: Sharing & { readonly withdrawn: SortedMap<Withheld> },
): Frame {
  const make = () => {
    const gone = [...withdrawn.keys(), ...update.missing];
    return toFrame(deltaHead(set, gone), pack(update.resources, set.resources, { form: "delta", isShared }));
  };
  return isShared ? updateFrames.of(update, `delta/${set.typeUrl}/${set.version}/${withdrawn.id}`, make) : make();
}

/** A response that only says that what has a time to live still lives; undefined if the client has nothing such. */
export function heartbeatFrame(set: ResourceSet, interest: Interest, form: Form): Frame | undefined {
  const mortal = traitsOf(set.resources).mortal.filter((resource) => isInterestedIn(interest, resource));
  if (mortal.length === 0) return undefined;
  const head = form === "delta" ? deltaHead(set, []) : sotwHead(set);
  return toFrame(
    head,
    mortal.map((resource) => heartbeatEntry(resource, form)),
  );
}

/** The response with the names that do not exist: https://github.com/cncf/xds/blob/main/proposals/TP3-xds-error-propagation.md */
export function withErrors(frame: Frame, missing: readonly string[], form: Form): Frame {
  if (missing.length === 0) return frame;
  const writer = new WireWriter();
  for (const name of missing) {
    writer.tag(form === "delta" ? 9 : 7, WireType.Bytes).fork();
    writer.tag(1, WireType.Bytes).fork().tag(1, WireType.Bytes).string(name).join();
    writer.tag(2, WireType.Bytes).fork().tag(1, WireType.Varint).int32(notFound);
    writer.tag(2, WireType.Bytes).string("no such resource").join();
    writer.join();
  }
  const errors = writer.finish();
  return { chunks: [...frame.chunks, errors], length: frame.length + errors.length };
}

const notFound = 5;

/** The part that differs from stream to stream: the nonce, a field of its own in every response, and what follows it. */
export function encodePrefix(nonce: string, rest: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(2 + nonce.length + rest.length);
  bytes[0] = nonceTag;
  bytes[1] = nonce.length;
  bytes.write(nonce, 2, "latin1");
  bytes.set(rest, 2 + nonce.length);
  return bytes;
}

/** The `control_plane` field, which says who answers: the same on all streams of a server, so it is one object. */
export function encodeControlPlane(identifier: string, form: Form): Uint8Array {
  const known = controlPlanes.get(form);
  if (known?.identifier === identifier) return known.bytes;
  const writer = new WireWriter().tag(form === "delta" ? 7 : 6, WireType.Bytes).fork();
  const bytes = writer.tag(1, WireType.Bytes).string(identifier).join().finish();
  controlPlanes.set(form, { identifier, bytes });
  return bytes;
}

/** The last of each form. */
const controlPlanes = new Map<Form, { readonly identifier: string; readonly bytes: Uint8Array }>();

const nonceTag = (5 << 3) | WireType.Bytes;

/** Different answers at the same point are few; more are not worth their memory. */
const maxRemembered = 16;
const updateFrames = new RecentByName<Update, Frame>(maxRemembered);
const fullFrames = new RecentByName<ResourceMap, Frame>(maxRemembered);

function toFrame(head: Uint8Array, entries: readonly Uint8Array[]): Frame {
  const chunks = [head].concat(entries);
  return { chunks, length: lengthOf(chunks) };
}

/** What all heads are written with, after what is left of one that could not be. */
const heads = new WireWriter();

function sotwHead({ version, typeUrl }: ResourceSet): Uint8Array {
  return heads.truncate(0).tag(1, WireType.Bytes).string(version).tag(4, WireType.Bytes).string(typeUrl).finish();
}

function deltaHead({ version, typeUrl }: ResourceSet, removed: readonly string[]): Uint8Array {
  heads.truncate(0).tag(1, WireType.Bytes).string(version).tag(4, WireType.Bytes).string(typeUrl);
  for (const name of removed) heads.tag(6, WireType.Bytes).string(name);
  return heads.finish();
}

/** The resources that a client asks for. */
function wanted(all: ResourceMap, interest: Interest): Iterable<Resource> {
  if (isInterestedInAll(all, interest)) return all;
  if (interest.wildcard) return all.values.filter((resource) => isInterestedIn(interest, resource));
  return new Set(interest.names.values.flatMap((name) => find(all, name)));
}

/** The entries of resources that stand in name order. Leaves that are in it whole are packed once for all frames. */
function pack(
  resources: Iterable<Resource>,
  all: ResourceMap,
  { form, isShared }: Sharing & { readonly form: Form },
): readonly Uint8Array[] {
  const { leaves } = all;
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined && (resources === all || resources === only.values)) {
    // Of several leaves, other snapshots may have the same.
    return isShared ? packLeaf(only, form) : concat(only.values, form);
  }
  if (resources === all) return leaves.flatMap((leaf) => packLeaf(leaf, form));
  const list = [...resources];
  const chunks: Uint8Array[] = [];
  let rest: Resource[] = [];
  let at = 0;
  for (const leaf of list.length < shortList ? [] : leaves) {
    const first = leaf.keys[0] as string; // leaves are never empty
    for (; at < list.length && nameAt(list, at) < first; at++) rest.push(list[at] as Resource);
    if (!leaf.values.every((resource, i) => list[at + i] === resource)) continue;
    chunks.push(...concat(rest, form), ...packLeaf(leaf, form));
    rest = [];
    at += leaf.values.length;
  }
  chunks.push(...concat([...rest, ...list.slice(at)], form));
  return chunks;
}

/** Shorter lists than this are copied as they are. */
const shortList = 32;

function nameAt(list: readonly Resource[], index: number): string {
  return (list[index] as Resource).name; // callers stay within bounds
}

const packed: Record<Form, Recent<Leaf<Resource>, readonly Uint8Array[]>> = {
  sotw: new Recent(lengthOf),
  wrapped: new Recent(lengthOf),
  delta: new Recent(lengthOf),
};

function packLeaf(leaf: Leaf<Resource>, form: Form): readonly Uint8Array[] {
  return packed[form].of(leaf, () => concat(leaf.values, form));
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

/** An entry of at least this many bytes is not copied but is a chunk of its own. */
const largeEntry = 16 * 1024;

function concat(resources: readonly Resource[], form: Form): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < resources.length; at++) {
    const resource = resources[at] as Resource; // within bounds
    const length = lengthIn(resource, form);
    if (length < largeEntry) {
      bytes += length;
      continue;
    }
    if (start < at) chunks.push(join(resources.slice(start, at), bytes, form));
    chunks.push(entryIn(resource, form));
    start = at + 1;
    bytes = 0;
  }
  if (start === resources.length) return chunks;
  // Mostly nothing is large.
  if (start === 0) return [join(resources, bytes, form)];
  chunks.push(join(resources.slice(start), bytes, form));
  return chunks;
}

/** One chunk of so many bytes. */
function join(resources: readonly Resource[], bytes: number, form: Form): Uint8Array {
  if (resources.length === 1) return entryIn(resources[0] as Resource, form);
  const chunk = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let i = 0; i < resources.length; i++) at += writeEntry(resources[i] as Resource, form, chunk, at);
  return chunk;
}
