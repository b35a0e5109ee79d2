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
    const made = (before && replaceServices(before, input)) ?? makeAll(input);
    last.set(input.fleet.name, made);
    return made;
  };
}

interface Made extends FleetServicesInput, FleetServices {
  /** Of the services that are wanted, whether they are there or not. */
  readonly names: ReadonlySet<string>;
}

function makeAll(input: FleetServicesInput): Made {
  const names = namesOf(input);
  const items = [...input.services.values()].filter(({ name }) => names.has(name));
  const certificates = [...new Set(items.flatMap(certificatesOfService))];
  return { ...input, names, drafts: items.flatMap(toServiceDrafts), certificates };
}

function namesOf({ fleet, named, services }: FleetServicesInput): ReadonlySet<string> {
  const { tracing, services: own = [] } = fleet.value;
  const names = new Set(own);
  for (const ofGateway of named) for (const name of ofGateway) names.add(name);
  if (tracing !== undefined && tracing.to !== "chancery") names.add(tracing.to);
  // A set that grows while it is read shows what was added.
  for (const name of names) {
    const service = services.get(name);
    if (service !== undefined) for (const other of servicesOfService(service)) names.add(other);
  }
  return names;
}

/** The same where some services differ, come or go, of which none brings or takes certificates. */
function replaceServices(before: Made, input: FleetServicesInput): Made | undefined {
  const { services } = input;
  const difference = input.fleet === before.fleet ? services.differenceSince(before.services) : undefined;
  if (difference === undefined) return undefined;
  const { changed, added, removed } = difference;
  const isStill =
    isSameList(before.named, input.named) &&
    added.length + removed.length === 0 &&
    changed.every(({ before: was, value }) => isDeepStrictEqual(servicesOfService(was), servicesOfService(value)));
  if (isStill && changed.length === 0) return { ...before, ...input };
  const names = isStill ? before.names : namesOf(input);
  const drafts = [...before.drafts];
  for (const { key, before: was, value } of changed) {
    if (!isDeepStrictEqual(certificatesOfService(was), certificatesOfService(value))) return undefined;
    if (before.names.has(key)) replaceRun(drafts, toServiceDrafts(was), toServiceDrafts(value));
  }
  const isDone = isStill || moveServices(drafts, { ...before, after: services }, names);
  return isDone ? { ...input, names, drafts, certificates: before.certificates } : undefined;
}

interface Moved {
  readonly names: ReadonlySet<string>;
  readonly services: Items<"services">;
  readonly after: Items<"services">;
}

const maxMoved = 100;

/**
 * Takes out what is not wanted any more, and puts in what is wanted now; false if that is much, or certificates play a
 * part in it.
 */
function moveServices(drafts: Draft[], { names, services, after }: Moved, wanted: ReadonlySet<string>): boolean {
  const gone = [...names].filter((name) => services.has(name) && !(wanted.has(name) && after.has(name)));
  const come = [...wanted].filter((name) => after.has(name) && !(names.has(name) && services.has(name)));
  // To look for the place of each takes longer than to make all of them anew, once there are many.
  if (come.length + gone.length > maxMoved) return false;
  const places = come.map((name) => after.indexOf(name) ?? 0).sort((a, b) => a - b);
  const leaving = gone.flatMap((name) => after.get(name) ?? services.get(name) ?? []);
  const coming = places.flatMap((at) => after.slice(at, at + 1).map(([, item]) => ({ at, item })));
  const hasCertificates = (item: Item<"services">) => certificatesOfService(item).length > 0;
  if (leaving.some(hasCertificates) || coming.some(({ item }) => hasCertificates(item))) return false;
  for (const item of leaving) replaceRun(drafts, toServiceDrafts(item), []);
  for (const { at, item } of coming) {
    let before = at - 1;
    while (before >= 0 && !wanted.has(after.keyAt(before) ?? "")) before--;
    const previous = after.get(after.keyAt(before) ?? "");
    const last = previous && toServiceDrafts(previous).at(-1);
    drafts.splice(last === undefined ? 0 : drafts.indexOf(last) + 1, 0, ...toServiceDrafts(item));
  }
  return true;
}

/** Puts some drafts in the place of others that stand together. */
function replaceRun(drafts: Draft[], old: readonly Draft[], made: readonly Draft[]): void {
  const [first] = old;
  if (first !== undefined) drafts.splice(drafts.indexOf(first), old.length, ...made);
}
