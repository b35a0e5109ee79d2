import type { Client } from "@chancery/xds";
import type { Items } from "../model/model.ts";
import { fleetOf } from "./fleet-of.ts";

/** Begins the names of the groups that are not a node's own. */
const prefix = "fleet/";

/** The group of a fleet's clients. */
export function groupOfFleet(name: string): string {
  return `${prefix}${name}`;
}

/** The group of the clients that belong to no fleet. */
export const unmatchedGroup = `${prefix}(none)`;

/** Whether a group is not that of a single node. */
export function isFleetGroup(group: string): boolean {
  return group.startsWith(prefix);
}

/** The fleet that a group is of; undefined for a node's own. */
export function fleetOfGroup(group: string): string | undefined {
  return isFleetGroup(group) && group !== unmatchedGroup ? group.slice(prefix.length) : undefined;
}

/** What layers of groups say of a client: the name of its fleet, "none" if no fleet fits it, undefined where there are none. */
export function fleetOfLayers(group: string): { readonly name: string } | "none" | undefined {
  const [first = ""] = group.split("+");
  if (!isFleetGroup(first)) return undefined;
  const name = fleetOfGroup(first);
  return name === undefined ? "none" : { name };
}

export interface GroupsContext {
  readonly fleets: Items<"fleets">;
  /** Whether a node has a snapshot of its own. */
  readonly hasSnapshot: (node: string) => boolean;
}

/** The layers that a client is served: what its fleet has, and above that what its node has. */
export function groupsOf(
  client: Pick<Client, "node" | "peer">,
  { fleets, hasSnapshot }: GroupsContext,
): readonly string[] {
  const { id } = client.node;
  // Nobody gets a fleet's resources by calling itself like its group.
  const own = isFleetGroup(id) ? [] : [id];
  if (fleets.size === 0) return own;
  const fleet = fleetOf(fleets, client);
  if (fleet !== undefined) return [groupOfFleet(fleet.name), ...own];
  return hasSnapshot(id) ? own : [unmatchedGroup, ...own];
}
