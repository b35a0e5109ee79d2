import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../snapshot/resource-set.ts";
import { isInterestedIn } from "./interest.ts";
import { type Names, toNames } from "./names.ts";
import { isUnsettled, type Slot } from "./slot.ts";
import type { Trial } from "./trial.ts";

/** One resource that a client asks for, and how far it has come. */
export interface ResourceStanding {
  /** As the client is to have it. */
  readonly resource: Resource;
  /** `waiting` until it has been sent, `sent` until that is answered, then `accepted` or `refused`. */
  readonly state: "waiting" | "sent" | "accepted" | "refused";
  /** As the client accepted it last, for one that is `refused`: an older one, or none. */
  readonly good: Resource | undefined;
}

/** The resources of a type that a client asks for. Without a snapshot they are those that it was told of. */
export function* standings(slot: Slot, current: ResourceMap | undefined): Generator<ResourceStanding> {
  const { subscription, good } = slot;
  const last = toNames(slot.sentResources.map(({ name }) => name));
  for (const resource of current ?? subscription.told ?? []) {
    if (!isInterestedIn(subscription, resource)) continue;
    yield { resource, state: stateOf(resource, slot, last), good: good?.get(resource.name) };
  }
}

/** `last` are the names in the last response. */
function stateOf(resource: Resource, slot: Slot, last: Names): ResourceStanding["state"] {
  const { told, pending } = slot.subscription;
  if (slot.trial !== undefined && isKeptBack(resource, slot.trial)) {
    return slot.trial.untested.some((each) => each.includes(resource)) ? "waiting" : "refused";
  }
  if (told?.get(resource.name) !== resource || isNamed(resource, pending)) return "waiting";
  if (slot.rest.some(({ resources }) => resources.includes(resource))) return "waiting";
  // What was not in the last response was in one before it, or a client that came back had it already.
  if (!last.has(resource.name)) return "accepted";
  if (isUnsettled(slot)) return "sent";
  return slot.refused ? "refused" : "accepted";
}

function isKeptBack(resource: Resource, { of, served }: Trial): boolean {
  return of.get(resource.name) === resource && served.get(resource.name) !== resource;
}

function isNamed({ name, aliases, collection }: Resource, names: Names): boolean {
  if (names.size === 0) return false;
  return (
    names.has(name) || aliases.some((alias) => names.has(alias)) || (collection !== undefined && names.has(collection))
  );
}
