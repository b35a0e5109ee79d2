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
  const added: string[] = [];
  const changed: string[] = [];
  for (const resource of resources) {
    const known = last?.get(resource.name);
    if (known === undefined) added.push(`+${resource.name}`);
    else if (known !== resource) changed.push(resource.name);
  }
  const removed = [...(last ?? [])].flatMap(({ name }) => (resources.has(name) ? [] : [`-${name}`]));
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
