import { type ResourceType, resourceTypes, type Snapshot } from "@chancery/xds";

/** What differs between two snapshots, such as `clusters +shop, routes public/https`; undefined if nothing does. */
export function describeChange(before: Snapshot | undefined, after: Snapshot): string | undefined {
  const parts = resourceTypes.flatMap((type) => describeType(type, before, after) ?? []);
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** So many names of a type are given; of more, their number. */
const maxNames = 3;

function describeType(
  { key, typeUrl }: ResourceType,
  before: Snapshot | undefined,
  after: Snapshot,
): string | undefined {
  const { resources } = after.set(typeUrl);
  const last = before?.set(typeUrl).resources;
  if (last === resources) return undefined;
  // The streams of clients compare the same two maps, which is done once.
  const changes = last === undefined ? undefined : resources.changesSince(last);
  const set = changes?.set.map(([name]) => name) ?? [...resources.keys()];
  const changed = set.filter((name) => last?.has(name));
  const added = set.filter((name) => !last?.has(name)).map((name) => `+${name}`);
  const removed = (changes?.removed ?? []).map((name) => `-${name}`);
  const names = [...changed, ...added, ...removed];
  if (names.length === 0) return undefined;
  if (names.length <= maxNames) return `${key} ${names.join(" ")}`;
  const counts = [
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
    ...(added.length > 0 ? [`${added.length} new`] : []),
    ...(removed.length > 0 ? [`${removed.length} gone`] : []),
  ];
  return `${key} (${counts.join(", ")})`;
}
