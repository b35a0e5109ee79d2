import type { Resource } from "../resource/resource.ts";
import { globPrefix } from "../resource/xdstp.ts";
import type { Leaf } from "../snapshot/leaves.ts";
import type { ResourceMap } from "../snapshot/resource-set.ts";
import type { Names } from "./names.ts";

/** What a client asks for of one type. */
export interface Interest {
  readonly wildcard: boolean;
  /** Names, aliases, and glob collections. */
  readonly names: Names;
}

/** Whether a client asks for this resource. */
export function isInterestedIn({ wildcard, names }: Interest, resource: Resource): boolean {
  const { name, aliases, collection, onDemand } = resource;
  if ((wildcard && !onDemand) || names.has(name)) return true;
  return aliases.some((alias) => names.has(alias)) || (collection !== undefined && names.has(collection));
}

/** The resources that a name stands for: the one that has it, the one that has it as an alias, or a collection's members. */
export function find(current: ResourceMap, name: string): readonly Resource[] {
  const resource = current.get(name);
  if (resource !== undefined) return [resource];
  const prefix = globPrefix(name);
  if (prefix !== undefined) return [...current.range(prefix)].filter(({ collection }) => collection === name);
  const aliased = aliasesOf(current).get(name);
  return aliased === undefined ? [] : [aliased];
}

type Aliases = ReadonlyMap<string, Resource>;
const noAliases: Aliases = new Map();
const aliasesOfMap = new WeakMap<ResourceMap, Aliases>();
const aliasesOfLeaf = new WeakMap<Leaf<Resource>, Aliases>();

/** Those of the leaves, each of which is looked at once. */
function aliasesOf(current: ResourceMap): Aliases {
  const known = aliasesOfMap.get(current);
  if (known !== undefined) return known;
  const found = current.leaves.map(aliasesIn).filter(({ size }) => size > 0);
  const aliases = found.length === 0 ? noAliases : new Map(found.flatMap((map) => [...map]));
  aliasesOfMap.set(current, aliases);
  return aliases;
}

function aliasesIn(leaf: Leaf<Resource>): Aliases {
  const known = aliasesOfLeaf.get(leaf);
  if (known !== undefined) return known;
  const found = leaf.values.flatMap((resource) => resource.aliases.map((alias) => [alias, resource] as const));
  const aliases = found.length === 0 ? noAliases : new Map(found);
  aliasesOfLeaf.set(leaf, aliases);
  return aliases;
}
