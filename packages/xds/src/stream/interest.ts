import type { Resource } from "../resource/resource.ts";
import { globPrefix } from "../resource/xdstp.ts";
import type { ResourceMap } from "../snapshot/resource-set.ts";
import { summary } from "../snapshot/summary.ts";
import { traitsOf } from "../snapshot/traits.ts";
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

/** Whether a client asks for just the resources that there are, in which case none has to be looked for: mostly it does. */
export function isInterestedInAll(current: ResourceMap, { wildcard, names }: Interest): boolean {
  return wildcard ? !traitsOf(current).someOnDemand : current.hasKeysOf(names);
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

const aliasesOf = summary<Resource, Aliases>(
  ({ values }) => {
    const found = values.flatMap((resource) => resource.aliases.map((alias) => [alias, resource] as const));
    return found.length === 0 ? noAliases : new Map(found);
  },
  (parts) => {
    const found = parts.filter(({ size }) => size > 0);
    return found.length === 0 ? noAliases : new Map(found.flatMap((map) => [...map]));
  },
);
