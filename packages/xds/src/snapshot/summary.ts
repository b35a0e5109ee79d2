import type { Leaf, Part } from "./leaves.ts";
import type { SortedMap } from "./sorted-map.ts";

/** What is known of a map as a whole. */
export interface Summary<T, S> {
  (map: SortedMap<T>): S;
  /** Notes what is known of a map by other means. */
  note(map: SortedMap<T>, known: S): void;
}

let count = 0;

/**
 * Makes a function that tells something of a map from what is known of its leaves. Leaves and branches that maps share are
 * looked at once, so that it costs what changed.
 */
export function summary<T, S>(ofLeaf: (leaf: Leaf<T>) => S, join: (parts: readonly S[]) => S): Summary<T, S> {
  // A map with weak keys for this would cost more than what is looked up in it, and each collection of garbage again.
  const place = count++;
  const note = (part: Part, known: S): S => {
    part.known ??= new Array<unknown>(count).fill(undefined); // no longer than it has to be, as there may be very many
    part.known[place] = known;
    return known;
  };
  const ofParts = <P extends Part>(parts: readonly P[], ofPart: (part: P) => S): S =>
    join(parts.map((part) => (part.known?.[place] as S | undefined) ?? note(part, ofPart(part)))); // `note` put it there
  const ofMap = (map: SortedMap<T>) => ofParts(map.branches, ({ leaves }) => ofParts(leaves, ofLeaf));
  const tell = (map: SortedMap<T>): S => (map.known?.[place] as S | undefined) ?? note(map, ofMap(map)); // as above
  return Object.assign(tell, { note });
}
