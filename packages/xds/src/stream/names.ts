import { crc32 } from "node:zlib";
import { WireReader } from "@chancery/envoy-api/wire";
import { WeakValues } from "../resource/weak-values.ts";
import { canonicalName } from "../resource/xdstp.ts";
import { SortedMap } from "../snapshot/sorted-map.ts";

/** A set of resource names; an immutable object that streams with the same subscription share. */
export type Names = SortedMap<string>;

export const noNames: Names = SortedMap.empty();

/** A list of names as a request carried it. Lists with the same bytes are one object. */
export interface NameList {
  /** The repeated field with its tags, as it stands in the request. */
  readonly bytes: Uint8Array;
  readonly names: Names;
  /** The names without `*`. */
  readonly explicit: Names;
  readonly hasStar: boolean;
}

export const emptyList: NameList = { bytes: new Uint8Array(), names: noNames, explicit: noNames, hasStar: false };

/** Reads a run of repeated string fields. */
export function readNameList(bytes: Uint8Array): NameList {
  if (bytes.length === 0) return emptyList;
  const key = `${bytes.length}/${crc32(bytes)}`;
  const known = lists.get(key);
  if (known !== undefined && isSame(bytes, known.bytes)) return known;
  const names = SortedMap.from(readStrings(bytes));
  // A copy: `slice` of a Buffer is a view, and the rest of the request would stay alive with it.
  const list = {
    bytes: new Uint8Array(bytes),
    names,
    explicit: names.with([["*", undefined]]),
    hasStar: names.has("*"),
  };
  lists.set(key, list);
  return list;
}

/** The names in either set. For the same two sets it is the same object. */
export function union(a: Names, b: Names): Names {
  if (b.size === 0 || a === b) return a;
  if (a.size === 0) return b;
  return remember(unions, a, b, () => a.with(entriesOf(b)));
}

/** The names of `a` that are not in `b`. For the same two sets it is the same object. */
export function without(a: Names, b: Names): Names {
  if (a.size === 0 || b.size === 0) return a;
  if (a === b) return noNames;
  return remember(differences, a, b, () => a.with([...b].map((name) => [name, undefined])));
}

/** The names in both sets. For the same two sets it is the same object. */
export function intersection(a: Names, b: Names): Names {
  if (a === b) return a;
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size === 0) return noNames;
  return remember(intersections, small, large, () => toNames([...small].filter((name) => large.has(name))));
}

export function toNames(names: Iterable<string>): Names {
  return SortedMap.from(entriesOf(names));
}

const lists = new WeakValues<string, NameList>();

type Memo = WeakMap<Names, WeakMap<Names, Names>>;
const unions: Memo = new WeakMap();
const differences: Memo = new WeakMap();
const intersections: Memo = new WeakMap();

function remember(memo: Memo, a: Names, b: Names, make: () => Names): Names {
  const known = memo.get(a)?.get(b);
  if (known !== undefined) return known;
  const names = make();
  memo.set(a, (memo.get(a) ?? new WeakMap<Names, Names>()).set(b, names));
  return names;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function* readStrings(bytes: Uint8Array): Generator<[string, string]> {
  const reader = new WireReader(bytes);
  while (!reader.done) {
    reader.tag();
    const name = canonicalName(reader.string());
    yield [name, name];
  }
}

function* entriesOf(names: Iterable<string>): Generator<[string, string]> {
  for (const name of names) yield [name, name];
}
