import { isDeepStrictEqual } from "node:util";
import type { Item, Items } from "../model/model.ts";
import type { Draft } from "./draft.ts";
import { isSameList } from "./same.ts";
import { toServiceDrafts } from "./service/service.ts";
import { certificatesOfService, servicesOfService } from "./uses.ts";

export interface FleetServices {
  readonly drafts: readonly Draft[];
  /** The certificate objects of all kinds that they need. */
  readonly certificates: readonly string[];
}

export interface FleetServicesInput {
  readonly fleet: Item<"fleets">;
  /** What the routes of each of its gateways name; the same sets as long as they name the same. */
  readonly named: readonly ReadonlySet<string>[];
  readonly services: Items<"services">;
}

/**
 * Makes what the services of fleets become: those that a fleet and its routes name, and those that these need. A service
 * that changes costs itself, as long as it needs what it did.
 */
export function createFleetServices(): (input: FleetServicesInput) => FleetServices {
  const last = new Map<string, Made>();
  return (input) => {
    const before = last.get(input.fleet.name);
    const isSame = before?.fleet === input.fleet && isSameList(before.named, input.named);
    const made = (isSame ? replaceServices(before, input.services) : undefined) ?? makeAll(input);
    last.set(input.fleet.name, made);
    return made;
  };
}

interface Made extends FleetServicesInput, FleetServices {
  readonly names: ReadonlySet<string>;
}

function makeAll(input: FleetServicesInput): Made {
  const { fleet, named, services } = input;
  const { tracing, services: own = [] } = fleet.value;
  const names = new Set([...own, ...named.flatMap((names) => [...names])]);
  if (tracing !== undefined && tracing.to !== "chancery") names.add(tracing.to);
  // A set that grows while it is read shows what was added.
  for (const name of names) {
    const service = services.get(name);
    if (service !== undefined) for (const other of servicesOfService(service)) names.add(other);
  }
  const items = [...services.values()].filter(({ name }) => names.has(name));
  const certificates = [...new Set(items.flatMap(certificatesOfService))];
  return { ...input, names, drafts: items.flatMap(toServiceDrafts), certificates };
}

/** The same where some services differ, which need the others and the certificates that they needed. */
function replaceServices(before: Made, services: Items<"services">): Made | undefined {
  const changes = services.changesSince(before.services);
  if (changes?.length === 0) return before;
  const drafts = [...before.drafts];
  for (const { key, before: was, value } of changes ?? []) {
    if (!isDeepStrictEqual(needsOf(was), needsOf(value))) return undefined;
    if (!before.names.has(key)) continue;
    const [old, made] = [toServiceDrafts(was), toServiceDrafts(value)];
    const [first] = old;
    if (first === undefined || old.length !== made.length) return undefined;
    const start = drafts.indexOf(first);
    for (const [index, draft] of made.entries()) drafts[start + index] = draft;
  }
  return changes && { ...before, services, drafts };
}

function needsOf(service: Item<"services">): unknown {
  return [servicesOfService(service), certificatesOfService(service)];
}
