import type { Item, Items } from "../model/model.ts";

/** What routes have to know of a service; all else of it may change without touching them. */
export interface ServiceFacts {
  readonly name: string;
  readonly protocol: Item<"services">["value"]["protocol"];
  readonly hostHeader: string | undefined;
}

/** What there is to know of all services, by name. The same object as long as none of it changes. */
export type AllFacts = ReadonlyMap<string, ServiceFacts>;

/** Follows the services from call to call: facts that did not change are the same objects. */
export function createFacts(): (services: Items<"services">) => AllFacts {
  let last: Items<"services"> | undefined;
  let facts: AllFacts = new Map();
  return (services) => {
    if (services === last) return facts;
    const changes = last && services.changesSince(last);
    const isSame = changes?.every(({ key, value }) => facts.get(key) === toFacts(value, facts.get(key))) ?? false;
    if (!isSame) facts = allFacts(services, facts);
    last = services;
    return facts;
  };
}

/** The names of the services of which something else is known than before. */
export function changedFacts(before: AllFacts, after: AllFacts): ReadonlySet<string> {
  const changed = new Set<string>();
  if (before === after) return changed;
  for (const [name, facts] of after) if (before.get(name) !== facts) changed.add(name);
  for (const name of before.keys()) if (!after.has(name)) changed.add(name);
  return changed;
}

function allFacts(services: Items<"services">, before: AllFacts): AllFacts {
  const facts = new Map(Array.from(services, ([name, item]) => [name, toFacts(item, before.get(name))]));
  const isSame = facts.size === before.size && facts.entries().every(([name, fact]) => before.get(name) === fact);
  return isSame ? before : facts;
}

function toFacts({ name, value }: Item<"services">, before: ServiceFacts | undefined): ServiceFacts {
  const { protocol, hostHeader } = value;
  const isSame = before?.protocol === protocol && before.hostHeader === hostHeader;
  return isSame ? before : { name, protocol, hostHeader };
}
