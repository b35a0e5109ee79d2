import type { Resource } from "../resource/resource.ts";
import { changeSet, emptyResourceSet, type ResourceSet } from "./resource-set.ts";
import { Snapshot } from "./snapshot.ts";

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
    const set = sets.get(typeUrl) ?? emptyResourceSet(typeUrl);
    const next = changeSet(set, changes);
    if (next === set) continue;
    changed = true;
    sets.set(typeUrl, next);
  }
  return before !== undefined && !changed ? before : new Snapshot(sets, undefined);
}
