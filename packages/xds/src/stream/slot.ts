import type { ResourceType } from "../resource/type.ts";
import { emptyList, type NameList, type Names, noNames } from "./names.ts";
import { newSubscription, type Subscription } from "./subscription.ts";
import type { Update } from "./update.ts";

/** One type on a stream. */
export interface Slot {
  readonly type: ResourceType;
  subscription: Subscription;
  /** The names of the last request. */
  list: NameList;
  /** The last response. */
  sent: { readonly nonce: string; readonly version: string } | undefined;
  /** True while the last response is unanswered. */
  outstanding: boolean;
  /** True if the client refused the last response that it answered. */
  refused: boolean;
  /** What is left of an update that is too big for one response. */
  rest: readonly Update[];
  /** True until the first request has been taken. */
  isNew: boolean;
  /** True if the client is owed a sign that what has a time to live still lives. */
  beat: boolean;
  /** SotW: names that were asked for and never sent, as they did not exist. */
  missing: Names;
}

export function newSlot(type: ResourceType): Slot {
  return {
    type,
    subscription: newSubscription,
    list: emptyList,
    sent: undefined,
    outstanding: false,
    refused: false,
    rest: [],
    isNew: true,
    beat: false,
    missing: noNames,
  };
}

/** Whether the client has still to be sent, or to answer, what it was told last. */
export function isUnsettled({ outstanding, rest }: Slot): boolean {
  return outstanding || rest.length > 0;
}
