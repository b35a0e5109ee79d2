import type { Resource } from "../resource/resource.ts";
import { type ResourceSet, toResourceSet } from "./resource-set.ts";
import { Snapshot } from "./snapshot.ts";
import { SortedMap } from "./sorted-map.ts";

/** Changes to make together. */
export interface Transaction {
  /** Adds a resource, or puts it in the place of the one with the same type and name. */
  set(resource: Resource): void;
  delete(typeUrl: string, name: string): void;
}

/** The snapshot after some changes: `before` itself if they change nothing. Types that change get a version of content. */
export function changeSnapshot(before: Snapshot | undefined, change: (transaction: Transaction) => void): Snapshot {
  const byType = new Map<string, (readonly [string, Resource | undefined])[]>();
  const add = (typeUrl: string, name: string, resource: Resource | undefined) => {
    const changes = byType.get(typeUrl) ?? [];
    changes.push([name, resource]);
    byType.set(typeUrl, changes);
  };
  change({
    set: (resource) => add(resource.typeUrl, resource.name, resource),
    delete: (typeUrl, name) => add(typeUrl, name, undefined),
  });
  const sets = new Map<string, ResourceSet>([...(before?.sets ?? [])].map((set) => [set.typeUrl, set]));
  let changed = before === undefined;
  for (const [typeUrl, changes] of byType) {
    const resources = sets.get(typeUrl)?.resources ?? SortedMap.empty<Resource>();
    const next = resources.with(changes);
    if (next === resources) continue;
    changed = true;
    sets.set(typeUrl, toResourceSet(typeUrl, next));
  }
  return before !== undefined && !changed ? before : new Snapshot(sets, undefined);
}
