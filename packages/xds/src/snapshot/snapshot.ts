import type { Resource } from "../resource/resource.ts";
import { keyOf } from "../resource/type.ts";
import { emptyResourceSet, type ResourceMap, type ResourceSet, toResourceSet } from "./resource-set.ts";
import { SortedMap } from "./sorted-map.ts";

/** An immutable, consistent set of resources of all types: what the clients of one group are to have. */
export class Snapshot {
  /** The SotW version that the caller gave for every type, if any. */
  readonly version: string | undefined;
  readonly #sets: ReadonlyMap<string, ResourceSet>;

  /** @internal Use `toSnapshot`. */
  constructor(sets: ReadonlyMap<string, ResourceSet>, version: string | undefined) {
    this.#sets = sets;
    this.version = version;
  }

  /** The types of which the snapshot has resources. */
  get sets(): Iterable<ResourceSet> {
    return this.#sets.values();
  }

  /** The resources of a type; an empty set if the snapshot has none. */
  set(typeUrl: string): ResourceSet {
    return this.#sets.get(typeUrl) ?? emptyResourceSet(typeUrl, this.version);
  }

  /** How many resources there are, by key of the type such as `clusters`. */
  counts(): Record<string, number> {
    return this.#byKey(({ resources }) => resources.size);
  }

  /** The versions that SotW clients see, by key of the type. */
  typeVersions(): Record<string, string> {
    return this.#byKey(({ version }) => version);
  }

  #byKey<T>(read: (set: ResourceSet) => T): Record<string, T> {
    return Object.fromEntries([...this.sets].map((set) => [keyOf(set.typeUrl), read(set)]));
  }
}

export interface SnapshotOptions {
  /** The SotW version of every type. By default each type's version follows from its content. */
  readonly version?: string | undefined;
  /** The snapshot that this one comes after: what stays the same is shared with it. */
  readonly previous?: Snapshot | undefined;
}

/**
 * Makes a snapshot of these resources and no others. Throws a TypeError if two of a type have the same name, or if the
 * version is no text that UTF-8 can carry.
 */
export function toSnapshot(resources: Iterable<Resource>, options: SnapshotOptions = {}): Snapshot {
  const { version, previous } = options;
  if (version?.isWellFormed() === false) {
    throw new TypeError("Cannot make a snapshot: its version has half of a surrogate pair");
  }
  const byType = new Map<string, Resource[]>();
  for (const resource of resources) {
    const list = byType.get(resource.typeUrl);
    if (list === undefined) byType.set(resource.typeUrl, [resource]);
    else list.push(resource);
  }
  const maps = new Map<string, ResourceMap>();
  for (const [typeUrl, list] of byType) {
    const before: ResourceMap = previous?.set(typeUrl).resources ?? SortedMap.empty();
    const map = before.replaceWith(list, nameOf);
    if (map.size !== list.length) throw new TypeError(`Cannot make a snapshot: ${firstTwice(typeUrl, list)}`);
    maps.set(typeUrl, map);
  }
  return toSnapshotOfMaps(maps, version);
}

/** Makes a snapshot of the resources of each type. */
export function toSnapshotOfMaps(maps: ReadonlyMap<string, ResourceMap>, version: string | undefined): Snapshot {
  const sets = new Map<string, ResourceSet>();
  for (const [typeUrl, map] of maps) if (map.size > 0) sets.set(typeUrl, toResourceSet(typeUrl, map, version));
  return new Snapshot(sets, version);
}

export const nameOf = ({ name }: Resource): string => name;

function firstTwice(typeUrl: string, resources: readonly Resource[]): string {
  const seen = new Set<string>();
  const twice = resources.find(({ name }) => seen.size === seen.add(name).size);
  return `two resources of type "${typeUrl}" are named "${twice?.name}"`;
}
