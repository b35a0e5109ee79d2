import type { ResourceType } from "../resource/type.ts";
import type { ResourceSet } from "../snapshot/resource-set.ts";
import type { SortedMap } from "../snapshot/sorted-map.ts";
import { readClaim } from "./claim.ts";
import type { Form } from "./entry.ts";
import { deltaFrame, type Frame, type SotwForm, sotwFullFrame, sotwUpdateFrame } from "./frame.ts";
import type { Request } from "./request.ts";
import { editNames, replaceNames, type Subscription, type Withheld } from "./subscription.ts";
import type { Update } from "./update.ts";

/** An update of one client, to be spelled as a response. */
export interface Answer {
  readonly set: ResourceSet;
  readonly update: Update;
  /** As it was before the update. */
  readonly subscription: Subscription;
  /** True if the client is told of each name that does not exist. */
  readonly readsErrors: boolean;
  /** What the client is to let go of now, and what only later. */
  readonly withdrawn: SortedMap<Withheld>;
  readonly withheld: SortedMap<Withheld>;
  /** False if no other client is probably told the same. */
  readonly isShared: boolean;
}

/** All that differs between the variants: what a request asks for, and how an update is written. */
export interface Spelling {
  readonly form: Form;
  subscribe(before: Subscription, request: Request, options: SubscribeOptions): Subscription;
  isWorthSaying(answer: Answer, type: ResourceType): boolean;
  toFrame(answer: Answer, type: ResourceType): Frame;
}

export interface SubscribeOptions {
  /** True for the first request of the type on the stream. */
  readonly first: boolean;
  readonly legacyWildcard: boolean;
}

const sotw = (form: SotwForm): Spelling => ({
  form,
  subscribe: (before, { subscribe }, { legacyWildcard }) => replaceNames(before, subscribe, legacyWildcard),
  isWorthSaying({ update, subscription, withdrawn, readsErrors }, { complete }) {
    if (readsErrors && update.missing.length > 0) return true;
    return update.resources.length > 0 || (complete && (withdrawn.size > 0 || subscription.greeting));
  },
  toFrame({ set, update, subscription, withheld, isShared }, { complete }) {
    return complete
      ? sotwFullFrame(set, subscription, { form, withheld, isShared })
      : sotwUpdateFrame(set, update, { form, isShared });
  },
});

const delta: Spelling = {
  form: "delta",
  subscribe(before, request, options) {
    const subscription = editNames(before, request, options);
    const claims = options.first && request.initialVersions.length > 0;
    return claims ? { ...subscription, claimed: readClaim(request.initialVersions) } : subscription;
  },
  isWorthSaying({ update, subscription, withdrawn }) {
    return update.resources.length + update.missing.length + withdrawn.size > 0 || subscription.greeting;
  },
  toFrame: ({ set, update, withdrawn, isShared }) => deltaFrame(set, update, { withdrawn, isShared }),
};

export const spellings: Record<Form, Spelling> = { sotw: sotw("sotw"), wrapped: sotw("wrapped"), delta };
