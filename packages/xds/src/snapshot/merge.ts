import { type ResourceSet, toResourceSet } from "./resource-set.ts";
import { Snapshot } from "./snapshot.ts";

/**
 * One snapshot of several: of resources with the same type and name the last counts. What is not replaced is shared, so
 * that many nodes with a few resources of their own cost little more than what they have in common.
 */
export function mergeSnapshots(layers: readonly Snapshot[]): Snapshot {
  const [first, ...others] = layers;
  if (first === undefined) return new Snapshot(new Map(), undefined);
  if (others.length === 0) return first;
  const sets = new Map<string, ResourceSet>();
  for (const layer of layers) {
    for (const set of layer.sets) {
      const below = sets.get(set.typeUrl);
      sets.set(set.typeUrl, below === undefined ? set : mergeSets(below, set));
    }
  }
  return new Snapshot(sets, undefined);
}

/** Writes the smaller into the larger one. Its version follows from its content, whatever those of the two are. */
function mergeSets(below: ResourceSet, above: ResourceSet): ResourceSet {
  const resources =
    above.resources.size <= below.resources.size
      ? below.resources.with([...above.resources].map((resource) => [resource.name, resource]))
      : above.resources.with(
          [...below.resources]
            .filter(({ name }) => !above.resources.has(name))
            .map((resource) => [resource.name, resource]),
        );
  return toResourceSet(below.typeUrl, resources);
}
