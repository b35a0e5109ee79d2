import type { Resource } from "../resource/resource.ts";
import { RecentByName } from "../snapshot/recent.ts";
import type { ResourceMap } from "../snapshot/resource-set.ts";
import { SortedMap } from "../snapshot/sorted-map.ts";
import { find, type Interest, isInterestedIn, isInterestedInAll } from "./interest.ts";
import { noNames } from "./names.ts";
import type { Subscription, Withheld } from "./subscription.ts";

/** What a client has to be told to get from what it was told to what there is. */
export interface Update {
  /** New, changed, or asked for again; in name order. */
  readonly resources: readonly Resource[];
  /** Resources that the client was told of and that are gone. */
  readonly removed: readonly Withheld[];
  /** Names that the client asked for and that do not exist. */
  readonly missing: readonly string[];
}

/**
 * Computes what to tell a client. This is the only comparison of a client with a snapshot, for both variants; streams
 * that stand at the same point get the same object, computed once, unless a stream has its snapshot for itself.
 */
export function computeUpdate(current: ResourceMap, subscription: Subscription, isShared = true): Update {
  if (isUpToDate(current, subscription)) return nothingToTell;
  if (!isShared) return compare(current, subscription);
  return recentUpdates.of(current, keyOf(subscription), () => compare(current, subscription));
}

const nothingToTell: Update = { resources: [], removed: [], missing: [] };

/** Whether there is nothing to tell of a subscription: what is true after most ACKs. */
export function isUpToDate(current: ResourceMap, { told, pending, greeting, claimed }: Subscription): boolean {
  return told === current && pending.size === 0 && !greeting && claimed === undefined;
}

/** The subscription once the client has been told everything, or all but to let go of what is `withheld`. */
export function told(before: Subscription, current: ResourceMap, withheld: SortedMap<Withheld>): Subscription {
  return { ...before, told: current, pending: noNames, fresh: noNames, claimed: undefined, greeting: false, withheld };
}

/** What is to be withdrawn once that is allowed: what was before, less what has come back, and what is gone now. */
export function withhold(before: SortedMap<Withheld>, update: Update): SortedMap<Withheld> {
  if (before.size === 0) return removedMap(update);
  const settled = [...update.resources.map(({ name }) => name), ...update.missing];
  return before.with([
    ...settled.map((name) => [name, undefined] as const),
    ...update.removed.map((gone) => [gone.name, gone] as const),
  ]);
}

/** What one stream was told is what many were: this many different points are worth remembering for each content. */
const maxRemembered = 256;
const recentUpdates = new RecentByName<ResourceMap, Update>(maxRemembered);

function keyOf({ wildcard, greeting, names, told, pending, fresh, claimed }: Subscription): string {
  return `${greeting ? "+" : ""}${wildcard ? "*" : ""}${names.id}/${told?.id ?? ""}/${pending.id}/${fresh.id}/${claimed?.id ?? ""}`;
}

function compare(current: ResourceMap, subscription: Subscription): Update {
  const { pending, fresh, greeting } = subscription;
  const claimed = subscription.claimed?.versions;
  // What a client asks for is pending, or greeted, at first: nothing else is owed.
  const before = subscription.told ?? current;
  const asked: Interest = { wildcard: greeting && pending.size === 0, names: pending };
  const isNew = before === current && claimed === undefined;
  if (isNew && isInterestedInAll(current, asked)) return { ...nothingToTell, resources: current.values };
  const changes = current.changesSince(before);
  const resources = new Map<string, Resource>();
  const removed = new Map<string, Withheld>();
  const missing: string[] = [];
  for (const name of pending) {
    const found = find(current, name);
    if (found.length === 0) {
      const isNews = before === current || fresh.has(name) || find(before, name).length === 0;
      if (isNews) missing.push(name);
    }
    for (const resource of found) resources.set(resource.name, resource);
  }
  const owed = greeting ? current : changes.set.map(([, resource]) => resource);
  for (const resource of owed) if (isInterestedIn(subscription, resource)) resources.set(resource.name, resource);
  for (const name of changes.removed) {
    const resource = before.get(name);
    if (resource === undefined || fresh.has(name)) continue;
    if (isInterestedIn(subscription, resource)) removed.set(name, { name, resource });
  }
  for (const [name, version] of claimed ?? []) {
    const resource = current.get(name);
    if (resource?.version === version) resources.delete(name);
    const claims = subscription.wildcard || subscription.names.has(name);
    if (resource === undefined && claims && !pending.has(name)) removed.set(name, { name, resource });
  }
  const sorted = [...resources.values()];
  if (pending.size > 0) sorted.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { resources: sorted, removed: [...removed.values()], missing };
}

const removedMaps = new WeakMap<Update, SortedMap<Withheld>>();

/** The same object for the same update, so that streams that withhold the same share what they are sent. */
function removedMap(update: Update): SortedMap<Withheld> {
  if (update.removed.length === 0) return SortedMap.empty();
  const map = removedMaps.get(update) ?? SortedMap.from(update.removed.map((gone) => [gone.name, gone]));
  removedMaps.set(update, map);
  return map;
}
