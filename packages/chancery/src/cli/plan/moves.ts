import { isDeepStrictEqual } from "node:util";
import type { Serving } from "../../compare/serving.ts";
import { fleetOf } from "../../fleets/fleet-of.ts";
import { strangerWith } from "../../fleets/stranger.ts";
import type { Model } from "../../model/model.ts";

/** A node that would belong to another fleet. */
export interface Move {
  readonly node: string;
  /** Undefined for none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * The nodes that would change fleets. Id, cluster and locality are known of them: where a fleet asks for metadata or a
 * certificate and nothing in what fleets ask for changes, everybody stays.
 */
export function findMoves({ objects, streams }: Serving, { fleets }: Model): readonly Move[] {
  const before = objects.filter(({ kind }) => kind === "fleets").map(({ name, value }) => [name, askedFor(value)]);
  const after = [...fleets].map(([name, { value }]) => [name, askedFor(JSON.parse(JSON.stringify(value)))]);
  if (isDeepStrictEqual(new Map(before as [string, unknown][]), new Map(after as [string, unknown][]))) return [];
  const moves = new Map<string, Move>();
  for (const { node, cluster, locality, fleet: from } of streams) {
    const stranger = strangerWith(node);
    const to = fleetOf(fleets, { ...stranger, node: { ...stranger.node, cluster, locality } })?.name;
    if (to !== from) moves.set(node, { node, from, to });
  }
  return [...moves.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** What decides which nodes belong to a fleet. */
function askedFor(fleet: unknown): unknown {
  const { match, priority } = fleet as { readonly match?: unknown; readonly priority?: unknown };
  return { match, priority };
}
