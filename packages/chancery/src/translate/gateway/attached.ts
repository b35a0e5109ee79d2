import type { Listener } from "../../model/gateway.ts";
import type { Item } from "../../model/model.ts";
import type { Route } from "../../model/route.ts";
import { sharedEnds } from "../../shared-ends.ts";
import { intersectHosts } from "../hostname.ts";
import type { Policies } from "../policy/policies.ts";
import { createRouteTables, type RouteTable } from "../rule/route-table.ts";
import { compact, isSameList } from "../same.ts";
import { type AllFacts, changedFacts } from "../service-facts.ts";
import { servicesOfRoute } from "../uses.ts";
import type { Stream } from "./context.ts";
import type { Door, Port } from "./ports.ts";

/** A route object as a gateway has it. */
export interface Attached {
  readonly table: RouteTable | undefined;
  /** Where requests are routed by it. */
  readonly hosted: readonly HostedTable[];
  /** Where connections or datagrams are. */
  readonly streams: readonly Stream[];
}

/** A table of routes, and where it is attached. */
export interface HostedTable {
  readonly door: Door;
  readonly listener: string;
  readonly hosts: readonly string[];
  readonly table: RouteTable;
}

export interface AttachInput {
  readonly gateway: Item<"gateways">;
  readonly ports: readonly Port[];
  readonly routes: readonly Item<"routes">[];
  readonly facts: AllFacts;
  readonly policies: Policies;
}

/** Attaches routes to the listeners of gateways: what did not change is the same object, and so is the list. */
export function createAttachments(): (input: AttachInput) => readonly Attached[] {
  const tableOf = createRouteTables();
  const lists = new Map<string, ListMade>();
  return (input) => {
    const { gateway, facts, policies, routes } = input;
    const last = lists.get(gateway.name);
    const before = last?.gateway === gateway ? last : undefined;
    if (before?.facts === facts && before.policies === policies && before.routes === routes) return before.list;
    const context = { facts, policies };
    const doors = doorsByListener(input.ports);
    const made = before?.made ?? new WeakMap<Item<"routes">, Attached>();
    const attach = (item: Item<"routes">): Attached => {
      const table = "rules" in item.value ? tableOf(item, item.value, context) : undefined;
      const known = made.get(item);
      if (known !== undefined && known.table === table) return known;
      const attached = toAttached(gateway, { item, table, doors });
      made.set(item, attached);
      return attached;
    };
    const list = before?.policies === policies ? replaceParts(before, input, attach) : routes.map(attach);
    const now = before !== undefined && isSameList(before.list, list) ? before.list : list;
    lists.set(gateway.name, { gateway, facts, policies, routes, made, list: now });
    return now;
  };
}

/** Most routes stand where they stood, between those that differ and one of the ends, and know what they knew of services. */
function replaceParts(
  before: ListMade,
  { routes, facts }: AttachInput,
  attach: (item: Item<"routes">) => Attached,
): readonly Attached[] {
  const [start, end] = sharedEnds(before.routes, routes);
  const middle = routes.slice(start, routes.length - end).map(attach);
  const list = before.list.slice(0, start).concat(middle, before.list.slice(before.list.length - end));
  const changed = changedFacts(before.facts, facts);
  for (let index = 0; changed.size > 0 && index < list.length; index++) {
    const item = routes[index];
    if (item !== undefined && servicesOfRoute(item).some((name) => changed.has(name))) list[index] = attach(item);
  }
  return list;
}

interface ListMade {
  readonly gateway: Item<"gateways">;
  readonly facts: AllFacts;
  readonly policies: Policies;
  readonly routes: readonly Item<"routes">[];
  readonly made: WeakMap<Item<"routes">, Attached>;
  readonly list: readonly Attached[];
}

interface Attachable {
  readonly item: Item<"routes">;
  readonly table: RouteTable | undefined;
  readonly doors: ReadonlyMap<string, Door>;
}

function toAttached(gateway: Item<"gateways">, { item, table, doors }: Attachable): Attached {
  const places = attachmentsOf(gateway, item.value);
  if ("to" in item.value) {
    const { to } = item.value;
    return { table, hosted: none, streams: places.map((place) => ({ ...place, item, to })) };
  }
  const hosted = places.flatMap((place) => {
    const door = doors.get(place.listener);
    return door === undefined || table === undefined ? [] : [{ ...place, door, table }];
  });
  return { table, hosted: compact(hosted), streams: none };
}

const none: readonly never[] = [];

function doorsByListener(ports: readonly Port[]): ReadonlyMap<string, Door> {
  // A listener with HTTP/3 is on two ports; its routes are those of the first.
  const doors = ports.filter(({ transport }) => transport !== "quic").flatMap(({ doors }) => doors);
  return new Map(doors.flatMap((door) => door.listeners.map(({ name }) => [name, door])));
}

/** Which protocols of routes a listener takes. */
export const attachableProtocols: Readonly<Record<Listener["protocol"], readonly Route["protocol"][]>> = {
  HTTP: ["http", "grpc"],
  HTTPS: ["http", "grpc"],
  TLS: ["tls", "tcp"],
  TCP: ["tcp"],
  UDP: ["udp"],
};

/** The listeners of a gateway that take a route: those that it names, or all, of its protocol and with hosts in common. */
export function attachmentsOf(gateway: Item<"gateways">, route: Route): Pick<HostedTable, "listener" | "hosts">[] {
  const named = route.parents.flatMap((parent) => {
    const [name, listener] = parent.split("/");
    return name === gateway.name ? [listener] : [];
  });
  const all = named.includes(undefined);
  return Object.entries(gateway.value.listeners).flatMap(([listener, { protocol, hostnames }]) => {
    if (!(all || named.includes(listener)) || !attachableProtocols[protocol].includes(route.protocol)) return [];
    const hosts = intersectHosts(hostnames, route.hosts);
    return hosts.length === 0 ? [] : [{ listener, hosts }];
  });
}
