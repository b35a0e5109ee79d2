import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../snapshot/resource-set.ts";
import { SortedMap } from "../snapshot/sorted-map.ts";
import type { Claim } from "./claim.ts";
import { type Interest, isInterestedIn } from "./interest.ts";
import { intersection, type NameList, type Names, noNames, union, without } from "./names.ts";

/**
 * What a client asked for of one type on one stream, and what it was told. What it was told is "everything it asked for
 * as it stands in `told`", and the few exceptions to that: never a list of what it has.
 */
export interface Subscription extends Interest {
  /** True once the client has named something (even `*`): from then on an empty list means nothing, not everything. */
  readonly explicit: boolean;
  /** The resources at the time of the last update; undefined if the client was told nothing yet. */
  readonly told: ResourceMap | undefined;
  /** Names that are owed an answer even if nothing changed: newly asked for, or asked for again. */
  readonly pending: Names;
  /** Those of them that it did not ask for when it was told: it has nothing of that name, whatever `told` has. */
  readonly fresh: Names;
  /** Resources that are gone but still have to be withdrawn from the client: make before break. */
  readonly withheld: SortedMap<Withheld>;
  /** What a reconnecting delta client said it has, until the first update takes it into account. */
  readonly claimed: Claim | undefined;
  /** True when the wildcard has begun: everything is owed, and an answer even if that is nothing. */
  readonly greeting: boolean;
}

/** A resource to withdraw; without its content if only the client's word for it is known. */
export interface Withheld {
  readonly name: string;
  readonly resource: Resource | undefined;
}

export const nothingWithheld: SortedMap<Withheld> = SortedMap.empty();

export const newSubscription: Subscription = {
  wildcard: false,
  names: noNames,
  explicit: false,
  told: undefined,
  pending: noNames,
  fresh: noNames,
  withheld: nothingWithheld,
  claimed: undefined,
  greeting: false,
};

/**
 * The subscription after a SotW request: `list` is all that the client wants from now on. An empty one means the
 * wildcard, for a type that has it (`legacyWildcard`), until the client has named something.
 */
export function replaceNames(before: Subscription, list: NameList, legacyWildcard: boolean): Subscription {
  const explicit = before.explicit || list.names.size > 0;
  const wildcard = explicit ? list.hasStar : legacyWildcard;
  if (wildcard === before.wildcard && list.explicit === before.names && explicit === before.explicit) return before;
  const names = list.explicit;
  return {
    ...before,
    wildcard,
    names,
    explicit,
    greeting: wildcard && (before.greeting || !before.wildcard),
    pending: union(intersection(before.pending, names), without(names, before.names)),
    fresh: freshNames(before, names),
    withheld: withheldIn(before.withheld, { wildcard, names }),
  };
}

/**
 * The subscription after a delta request: first what it adds, then what it takes away. Names that are asked for again
 * are answered again. `first` is true for the first request of the type on the stream.
 */
export function editNames(
  before: Subscription,
  { subscribe, unsubscribe }: { readonly subscribe: NameList; readonly unsubscribe: NameList },
  { first, legacyWildcard }: { readonly first: boolean; readonly legacyWildcard: boolean },
): Subscription {
  const silent = subscribe.names.size + unsubscribe.names.size === 0;
  const legacy = first && silent && legacyWildcard;
  if (silent && !legacy) return before;
  const wildcard = (before.wildcard || subscribe.hasStar || legacy) && !unsubscribe.hasStar;
  const names = without(union(before.names, subscribe.explicit), unsubscribe.explicit);
  const asked = union(before.pending, subscribe.explicit);
  return {
    ...before,
    wildcard,
    names,
    explicit: before.explicit || !silent,
    greeting: wildcard && (before.greeting || !before.wildcard),
    fresh: freshNames(before, names),
    // A client that leaves a name but keeps the wildcard has to be told whether the wildcard still covers the name.
    pending: wildcard ? union(asked, unsubscribe.explicit) : without(asked, unsubscribe.explicit),
    withheld: withheldIn(before.withheld, { wildcard, names }),
  };
}

/** Adds names that the client already subscribes to, to be sent again although they may not have changed. */
export function sendAgain(before: Subscription, names: Names): Subscription {
  return names.size === 0 ? before : { ...before, pending: union(before.pending, names) };
}

function freshNames(before: Subscription, names: Names): Names {
  const still = intersection(before.fresh, names);
  return before.wildcard ? still : union(still, without(names, before.names));
}

/** What is withheld of what the client still asks for. */
function withheldIn(withheld: SortedMap<Withheld>, interest: Interest): SortedMap<Withheld> {
  if (withheld.size === 0) return withheld;
  const left = [...withheld].filter(({ name, resource }) =>
    resource === undefined ? !interest.wildcard && !interest.names.has(name) : !isInterestedIn(interest, resource),
  );
  return withheld.with(left.map(({ name }) => [name, undefined]));
}
