import type { Resource } from "../resource/resource.ts";
import { clusters, endpoints } from "../resource/type.ts";
import type { ResourceSet } from "../snapshot/resource-set.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { assignmentNames, emptyAssignment } from "./assignments.ts";
import type { Family } from "./family.ts";
import { intersection, toNames, union, without } from "./names.ts";
import { askedOf, isUnsettled, type Slot, servedTo } from "./slot.ts";
import type { Answer } from "./spelling.ts";
import { nothingWithheld, sendAgain } from "./subscription.ts";
import { computeUpdate, isUpToDate, type Update, withhold } from "./update.ts";

/**
 * Routes and listeners wait until the client has ACKed the clusters that they may refer to. On an aggregated stream Envoy
 * does so once they are warm; on streams of their own it does so at once, and their endpoints have to be ACKed too.
 */
export function isHeldBack(slot: Slot, family: Family, snapshot: Snapshot): boolean {
  if (slot.type.role !== "referrer") return false;
  const assignments = snapshot.set(endpoints.typeUrl).resources;
  for (const other of family.ofType(clusters)) {
    if (isUnsettled(other) || hasNews(other, snapshot)) return true;
    for (const name of other.awaited) if (assignments.has(name)) return true;
  }
  return false;
}

/** Notes that the client has answered what it was sent of a type, or no longer asks for it: others may go on. */
export function moveOn({ type, subscription }: Slot, family: Family): void {
  if (type === endpoints && family.isSplit) {
    for (const other of family.ofType(clusters)) other.awaited = without(other.awaited, subscription.names);
  }
  if (type === clusters || type === endpoints) family.wake("referrer");
  if (type.role === "referrer") family.wake("referent");
}

/**
 * Nothing is withdrawn while a route or a listener that refers to it may still be in use. A client that names its
 * clusters, as gRPC does, says so itself: it leaves the name when it has moved on.
 */
export function referrersAreSettled({ type, subscription }: Slot, family: Family, snapshot: Snapshot): boolean {
  const leavesNames = type.complete && !subscription.wildcard;
  for (const slot of family.inRole("referrer")) {
    if (leavesNames || isUnsettled(slot) || hasNews(slot, snapshot)) return false;
  }
  return true;
}

/** True if there is something to say of the type, beside what is withheld. */
export function hasNews(slot: Slot, snapshot: Snapshot): boolean {
  const set = servedTo(slot, snapshot);
  const asked = askedOf(slot);
  if (isUpToDate(set.resources, asked)) return false;
  const update = computeUpdate(set.resources, asked);
  return slot.spelling.isWorthSaying(plainAnswer(slot, set, update), slot.type);
}

/** An answer that withdraws what it says is gone. */
export function plainAnswer(slot: Slot, set: ResourceSet, update: Update): Answer {
  const withdrawn = withhold(nothingWithheld, update);
  const { readsErrors } = slot;
  const subscription = askedOf(slot);
  return { set, update, subscription, withdrawn, withheld: nothingWithheld, readsErrors, isShared: true };
}

/** Envoy warms a changed cluster with assignments that it is sent anew, also if they are the same as before. */
export function warm(slot: Slot, clusterUpdate: Update, family: Family): void {
  // To read the clusters costs as much as to send them, and most clients ask for endpoints only when they have them.
  const changed = () => assignmentNames(clusterUpdate.resources);
  if (family.isSplit) slot.awaited = union(slot.awaited, changed());
  for (const other of family.ofType(endpoints)) {
    other.subscription = sendAgain(other.subscription, intersection(changed(), other.subscription.names));
  }
}

/**
 * In SotW, what does not exist is not said. But Envoy goes on warming a cluster that is gone from the snapshot, and
 * ACKs nothing until it has the endpoints: so it is told that there are none.
 */
export function withDeparted(slot: Slot, update: Update, family: Family, snapshot: Snapshot): Update {
  if (slot.type !== endpoints || slot.spelling.form === "delta") return update;
  if (slot.missing.size + update.missing.length === 0) return update;
  const asked = union(intersection(slot.missing, slot.subscription.names), toNames(update.missing));
  const missing = without(asked, toNames(update.resources.map(({ name }) => name)));
  const departed = intersection(missing, assignmentNames(departedClusters(family, snapshot)));
  slot.missing = without(missing, departed);
  if (departed.size === 0) return update;
  return { ...update, resources: [...update.resources, ...[...departed].map(emptyAssignment)] };
}

/** The clusters that the client has been told of and that are gone. */
function departedClusters(family: Family, snapshot: Snapshot): readonly Resource[] {
  const current = snapshot.set(clusters.typeUrl).resources;
  return [...family.ofType(clusters)].flatMap(({ subscription: { told, withheld } }) => [
    ...(told === undefined ? [] : current.changesSince(told).removed.flatMap((name) => told.get(name) ?? [])),
    ...[...withheld].flatMap(({ resource }) => resource ?? []),
  ]);
}
