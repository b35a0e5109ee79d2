import type { VirtualHostJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Item } from "../../model/model.ts";
import type { Draft } from "../draft.ts";
import { type Policies, policiesOfListener } from "../policy/policies.ts";
import type { RouteTable } from "../rule/route-table.ts";
import { isSameList } from "../same.ts";
import type { Attached } from "./attached.ts";
import type { Door, Port } from "./ports.ts";
import { toRouteConfiguration } from "./route-configuration.ts";
import { canShareHosts } from "./share-hosts.ts";
import { toVirtualHost } from "./virtual-host.ts";

export interface RoutesInput {
  readonly gateway: Item<"gateways">;
  readonly ports: readonly Port[];
  readonly attached: readonly Attached[];
  readonly policies: Policies;
}

/**
 * Makes route configurations. Only the hosts of what differs from last time are looked at; virtual hosts that come out as
 * they were are the same objects, and so are configurations.
 */
export function createRouteDrafts(): (input: RoutesInput) => readonly Draft[] {
  const last = new Map<string, GatewayMade>();
  return (input) => {
    const { gateway, ports, attached } = input;
    const before = last.get(gateway.name);
    const policies = policiesOfGateway(input);
    const isSameGateway = before?.gateway === gateway && isSameList(before.policies, policies);
    if (isSameGateway && before.attached === attached) return before.drafts;
    const differing = isSameGateway ? differenceOf(before.attached, attached) : undefined;
    const doors = httpDoorsOf(ports).map((door) => {
      const made = before?.doors.find(({ door: { name } }) => name === door.name);
      const touched = differing && hostsOf(differing, door);
      return made !== undefined && touched?.size === 0 ? made : toDoor(door, input, { made, touched });
    });
    const drafts = doors.map(({ draft }) => draft);
    last.set(gateway.name, { gateway, attached, policies, doors, drafts });
    return drafts;
  };
}

/** The policies of all its listeners. */
function policiesOfGateway({ gateway, policies }: RoutesInput): readonly Item<"policies">[] {
  return Object.keys(gateway.value.listeners).flatMap((name) => policiesOfListener(policies, gateway.name, name));
}

interface GatewayMade {
  readonly gateway: Item<"gateways">;
  readonly policies: readonly Item<"policies">[];
  readonly attached: readonly Attached[];
  readonly doors: readonly DoorMade[];
  readonly drafts: readonly Draft[];
}

interface DoorMade {
  readonly door: Door;
  readonly hosts: ReadonlyMap<string, HostMade>;
  /** The names of the hosts, sorted: the order of documents is none of Envoy's business. */
  readonly names: readonly string[];
  readonly virtualHosts: readonly VirtualHostJson[];
  readonly draft: Draft;
}

interface HostMade extends HostTables {
  readonly policies: readonly Item<"policies">[];
  readonly json: VirtualHostJson;
}

interface HostTables {
  /** The first that serves the host, which gives the virtual host its name. */
  readonly listener: string;
  readonly tables: RouteTable[];
}

function httpDoorsOf(ports: readonly Port[]): readonly Door[] {
  return ports
    .filter(({ transport }) => transport === "tcp")
    .flatMap(({ doors }) => doors.filter(({ first }) => /^HTTPS?$/.test(first.value.protocol)));
}

/** What two lists have between the beginning and the end that they share. */
function differenceOf(before: readonly Attached[], after: readonly Attached[]): readonly Attached[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return [...before.slice(start, before.length - end), ...after.slice(start, after.length - end)];
}

function hostsOf(attached: readonly Attached[], door: Door): ReadonlySet<string> {
  const here = attached.flatMap(({ hosted }) => hosted.filter((place) => place.door === door));
  return new Set(here.flatMap(({ hosts }) => hosts));
}

interface Before {
  readonly made: DoorMade | undefined;
  /** The hosts that may differ; undefined for all. */
  readonly touched: ReadonlySet<string> | undefined;
}

function toDoor(door: Door, input: RoutesInput, { made, touched }: Before): DoorMade {
  const { gateway, attached } = input;
  const hosts = new Map(touched === undefined ? [] : made?.hosts);
  const { found, items } = gather(attached, door, touched);
  for (const host of touched ?? []) if (!found.has(host)) hosts.delete(host);
  for (const [host, { listener, tables }] of found) {
    const last = made?.hosts.get(host);
    const policies = policiesOfListener(input.policies, gateway.name, listener);
    const isSame =
      last?.listener === listener && isSameList(last.tables, tables) && isSameList(last.policies, policies);
    const name = `${gateway.name}/${listener}/${host}`;
    hosts.set(
      host,
      isSame ? last : { listener, tables, policies, json: toVirtualHost(name, host, { tables, policies }) },
    );
  }
  const isSameNames = made?.names.length === hosts.size && made.names.every((name) => hosts.has(name));
  const names = isSameNames ? made.names : [...hosts.keys()].sort();
  const virtualHosts = names.flatMap((name) => hosts.get(name)?.json ?? []);
  const isSame = made?.door === door && isSameList(made.virtualHosts, virtualHosts);
  const json = isSame ? made.draft.json : toRouteConfiguration(door, virtualHosts, gateway.value);
  const ofListeners = door.listeners.flatMap(({ name }) => policiesOfListener(input.policies, gateway.name, name));
  const from = [...new Set([gateway, ...items, ...ofListeners])];
  const draft: Draft = { type: "routes", name: door.name, json, from };
  return { door, hosts, names, virtualHosts, draft };
}

/** A host is that of the first route that has it, unless all that have it leave it to precedence who wins. */
function canJoin([first]: readonly RouteTable[], table: RouteTable): boolean {
  return first !== undefined && canShareHosts(first.item.value, table.item.value);
}

/** What a door has of the routes, in their order: their items, and the tables of the wanted hosts. */
function gather(attached: readonly Attached[], door: Door, wanted: ReadonlySet<string> | undefined) {
  const found = new Map<string, HostTables>();
  const items: Item[] = [];
  let lastTable: RouteTable | undefined;
  for (const { hosted } of attached) {
    for (const { door: own, hosts, listener, table } of hosted) {
      if (own !== door) continue;
      // A route that reaches a door through several of its listeners is there once.
      if (lastTable !== table) items.push(table.item, ...table.policies);
      lastTable = table;
      for (const host of hosts) {
        if (wanted?.has(host) === false) continue;
        const known = found.get(host);
        if (known === undefined) found.set(host, { listener, tables: [table] });
        else if (known.tables.at(-1) !== table && canJoin(known.tables, table)) known.tables.push(table);
      }
    }
  }
  return { found, items };
}
