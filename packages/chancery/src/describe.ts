import type { Snapshot } from "@chancery/xds";

/** What is in a snapshot, such as `clusters (2), listeners (1), version "7"`. */
export function describeSnapshot(snapshot: Snapshot | undefined): string {
  const counts = Object.entries(snapshot?.counts() ?? {}).filter(([, count]) => count > 0);
  const parts = counts.map(([type, count]) => `${type} (${count})`);
  if (parts.length === 0) parts.push("no resources");
  if (snapshot?.version !== undefined) parts.push(`version "${snapshot.version}"`);
  return parts.join(", ");
}
