import type { Leaf } from "./leaves.ts";
import type { SortedMap } from "./sorted-map.ts";

/**
 * Makes a function that tells something of a map from what is known of its leaves. Leaves and branches that maps share are
 * looked at once, so that it costs what changed.
 */
export function summary<T, S>(
  ofLeaf: (leaf: Leaf<T>) => S,
  join: (parts: readonly S[]) => S,
): (map: SortedMap<T>) => S {
  const known = new WeakMap<object, S>();
  const once = (of: object, make: () => S): S => {
    const before = known.get(of);
    if (before !== undefined) return before;
    const made = make();
    known.set(of, made);
    return made;
  };
  return (map) =>
    once(map, () =>
      join(
        map.branches.map((branch) =>
          once(branch, () => join(branch.leaves.map((leaf) => once(leaf, () => ofLeaf(leaf))))),
        ),
      ),
    );
}
