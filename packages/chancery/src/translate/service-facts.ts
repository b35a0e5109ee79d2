import type { Item } from "../model/model.ts";

/** What routes have to know of a service; all else of it may change without touching them. */
export interface ServiceFacts {
  readonly name: string;
  readonly protocol: Item<"services">["value"]["protocol"];
  readonly hostHeader: string | undefined;
}

/** What there is to know of all services, by name. The same object as long as none of it changes. */
export type AllFacts = ReadonlyMap<string, ServiceFacts>;

/** Follows the services from call to call: facts that did not change are the same objects. */
export function createFacts(): (services: ReadonlyMap<string, Item<"services">>) => AllFacts {
  let last: ReadonlyMap<string, Item<"services">> = new Map();
  let facts: AllFacts = new Map();
  return (services) => {
    if (services === last) return facts;
    const next = new Map<string, ServiceFacts>();
    let changed = services.size !== facts.size;
    for (const [name, item] of services) {
      const before = facts.get(name);
      const now = last.get(name) === item && before ? before : toFacts(item, before);
      changed ||= now !== before;
      next.set(name, now);
    }
    last = services;
    if (changed) facts = next;
    return facts;
  };
}

function toFacts({ name, value }: Item<"services">, before: ServiceFacts | undefined): ServiceFacts {
  const { protocol, hostHeader } = value;
  const isSame = before?.protocol === protocol && before.hostHeader === hostHeader;
  return isSame ? before : { name, protocol, hostHeader };
}
