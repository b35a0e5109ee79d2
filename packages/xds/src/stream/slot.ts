import type { Resource } from "../resource/resource.ts";
import type { ResourceType } from "../resource/type.ts";
import { type ResourceMap, type ResourceSet, toResourceSet } from "../snapshot/resource-set.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { emptyList, type NameList, type Names, noNames, without } from "./names.ts";
import type { Spelling } from "./spelling.ts";
import { newSubscription, type Subscription } from "./subscription.ts";
import { renew, type Trial } from "./trial.ts";
import type { Update } from "./update.ts";

export interface Sent {
  readonly nonce: string;
  readonly version: string;
}

/** One type on a stream. */
export interface Slot {
  readonly type: ResourceType;
  readonly spelling: Spelling;
  subscription: Subscription;
  /** The names of the last request. */
  list: NameList;
  /** The last response. */
  sent: Sent | undefined;
  /** True while the last response is unanswered. */
  outstanding: boolean;
  /** True if the client refused the last response that it answered. */
  refused: boolean;
  /** The new and changed resources of the last response, unless the client has accepted it. */
  sentResources: readonly Resource[];
  /** What the client accepted last. */
  good: ResourceMap | undefined;
  /** While the client is served something else than it was to have, as it refused that. */
  trial: Trial | undefined;
  /** What is left of an update that is too big for one response. */
  rest: readonly Update[];
  /** True until the first request has been taken. */
  isNew: boolean;
  /** True if the client reads why a resource it asks for is not there. */
  readsErrors: boolean;
  /** True if the client is owed a sign that what has a time to live still lives. */
  beat: boolean;
  /** Of clusters on a stream of their own: the assignments that those sent last wait for. */
  awaited: Names;
  /** Names that were asked for and that somebody is looking for: they are not missing yet. */
  unresolved: Names;
  /** SotW: names that were asked for and never sent, as they did not exist. */
  missing: Names;
}

export function newSlot(type: ResourceType, spelling: Spelling): Slot {
  return {
    type,
    spelling,
    subscription: newSubscription,
    list: emptyList,
    sent: undefined,
    outstanding: false,
    refused: false,
    sentResources: nothingSent,
    good: undefined,
    trial: undefined,
    rest: nothingLeft,
    isNew: true,
    readsErrors: false,
    beat: false,
    awaited: noNames,
    unresolved: noNames,
    missing: noNames,
  };
}

export const nothingSent: readonly Resource[] = [];
const nothingLeft: readonly Update[] = [];

/** Whether the client has still to be sent, or to answer, what it was told last. */
export function isUnsettled({ outstanding, rest }: Slot): boolean {
  return outstanding || rest.length > 0;
}

/** What the client is to have of the slot's type: the snapshot's resources, or what is tried instead of them. */
export function servedTo(slot: Slot, snapshot: Snapshot): ResourceSet {
  const set = snapshot.set(slot.type.typeUrl);
  if (slot.trial !== undefined && slot.trial.of !== set.resources) slot.trial = renew(slot.trial, set.resources);
  return slot.trial === undefined ? set : toResourceSet(set.typeUrl, slot.trial.served, snapshot.version);
}

/** What the client asks for as far as it can be answered now. */
export function askedOf({ subscription, unresolved }: Slot): Subscription {
  if (unresolved.size === 0) return subscription;
  return { ...subscription, pending: without(subscription.pending, unresolved) };
}
