import type { Snapshots } from "@chancery/xds";
import type { RawConfig } from "./translate/raw.ts";

export interface Change {
  readonly kind: "set" | "delete";
  readonly node: string;
  /** The document that brought it, or that is gone. */
  readonly origin: string;
}

/** Hands out what changed between two states of the configuration, and says what that was. */
export function publish(config: RawConfig, last: RawConfig, snapshots: Snapshots): readonly Change[] {
  const changes: Change[] = [];
  for (const [node, { document, snapshot }] of config.nodes) {
    if (snapshot === undefined || snapshot === last.nodes.get(node)?.snapshot) continue;
    snapshots.set(node, snapshot);
    changes.push({ kind: "set", node, origin: document.origin });
  }
  for (const [node, { document }] of last.nodes) {
    if (config.nodes.has(node) || !snapshots.delete(node)) continue;
    changes.push({ kind: "delete", node, origin: document.origin });
  }
  return changes;
}
