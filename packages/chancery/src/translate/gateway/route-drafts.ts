import type { VirtualHostJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import { KeyedList } from "../../keyed-list.ts";
import type { Item } from "../../model/model.ts";
import { sharedEnds } from "../../shared-ends.ts";
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
    const change = isSameGateway ? changeOf(before.attached, attached) : undefined;
    const doors = httpDoorsOf(ports).map((door) => {
      const made = before?.doors.find(({ door: { name } }) => name === door.name);
      const touched = change && hostsOf(change.differing, door);
      const isUntouched = made !== undefined && touched?.size === 0;
      return isUntouched ? made : toDoor(door, input, { made, touched, replaced: change?.replaced });
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
  /** In the order of their names: that of documents is none of Envoy's business. */
  readonly hosts: KeyedList<HostMade>;
  readonly draft: Draft;
}

interface HostMade extends HostTables {
  readonly policies: readonly Item<"policies">[];
  readonly json: VirtualHostJson;
}

interface HostTables {
  /** The first that serves the host, which gives the virtual host its name. */
  readonly listener: string;
  readonly tables: readonly RouteTable[];
}

function httpDoorsOf(ports: readonly Port[]): readonly Door[] {
  return ports
    .filter(({ transport }) => transport === "tcp")
    .flatMap(({ doors }) => doors.filter(({ first }) => /^HTTPS?$/.test(first.value.protocol)));
}

interface AttachedChange {
  /** Those that differ, as they were and as they are. */
  readonly differing: readonly Attached[];
  /** What stands in for each table, where routes are attached as they were. */
  readonly replaced: ReadonlyMap<RouteTable, RouteTable> | undefined;
}

/** What two lists have between the beginning and the end that they share. */
function changeOf(before: readonly Attached[], after: readonly Attached[]): AttachedChange {
  const [start, end] = sharedEnds(before, after);
  const [was, is] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  return { differing: [...was, ...is], replaced: replacedTables(was, is) };
}

function replacedTables(
  before: readonly Attached[],
  after: readonly Attached[],
): ReadonlyMap<RouteTable, RouteTable> | undefined {
  const replaced = new Map<RouteTable, RouteTable>();
  for (const [index, { hosted, table }] of after.entries()) {
    const was = before[index];
    if (was === undefined || hosted.length !== was.hosted.length || table?.order !== was.table?.order) return undefined;
    const isSame = hosted.every(({ door, listener, hosts }, i) => {
      const other = was.hosted[i];
      return other?.door === door && other.listener === listener && isSameList(other.hosts, hosts);
    });
    if (!isSame) return undefined;
    if (was.table !== undefined && table !== undefined) replaced.set(was.table, table);
  }
  return before.length === after.length ? replaced : undefined;
}

function hostsOf(attached: readonly Attached[], door: Door): ReadonlySet<string> {
  const here = attached.flatMap(({ hosted }) => hosted.filter((place) => place.door === door));
  return new Set(here.flatMap(({ hosts }) => hosts));
}

interface Before {
  readonly made: DoorMade | undefined;
  /** The hosts that may differ; undefined for all. */
  readonly touched: ReadonlySet<string> | undefined;
  readonly replaced: AttachedChange["replaced"];
}

function toDoor(door: Door, input: RoutesInput, { made, touched, replaced }: Before): DoorMade {
  const { gateway, attached } = input;
  const found =
    made && touched && replaced ? replaceTables(made.hosts, touched, replaced) : tablesByHost(attached, door, touched);
  const changed = Array.from(found, ([host, { listener, tables }]): [string, HostMade] => {
    const last = made?.hosts.get(host);
    const policies = policiesOfListener(input.policies, gateway.name, listener);
    const isSame =
      last?.listener === listener && isSameList(last.tables, tables) && isSameList(last.policies, policies);
    const name = `${gateway.name}/${listener}/${host}`;
    return [
      host,
      isSame ? last : { listener, tables, policies, json: toVirtualHost(name, host, { tables, policies }) },
    ];
  });
  const hosts = changeHosts(made?.hosts, changed, touched);
  const isSame = made?.door === door && hosts.changesSince(made.hosts)?.length === 0;
  const virtualHosts = isSame ? [] : hosts.toArray(({ json }) => json);
  const json = isSame ? made.draft.json : toRouteConfiguration(door, virtualHosts, gateway.value);
  return { door, hosts, draft: toDraft(door, json, input) };
}

/** The hosts of last time, of which only those that were touched may be others. */
function changeHosts(
  before: KeyedList<HostMade> | undefined,
  changed: readonly (readonly [host: string, made: HostMade])[],
  touched: ReadonlySet<string> | undefined,
): KeyedList<HostMade> {
  if (before !== undefined && touched?.size === changed.length && changed.every(([host]) => before.has(host))) {
    return before.with(changed);
  }
  const kept = touched === undefined ? [] : [...(before ?? [])].filter(([host]) => !touched.has(host));
  const sorted = [...kept, ...changed].sort(([a], [b]) => (a < b ? -1 : 1));
  return KeyedList.from(sorted, before);
}

/** What each host that was touched has now, where routes are attached as they were. */
function replaceTables(
  hosts: KeyedList<HostMade>,
  touched: ReadonlySet<string>,
  replaced: ReadonlyMap<RouteTable, RouteTable>,
): ReadonlyMap<string, HostTables> {
  const found = new Map<string, HostTables>();
  for (const host of touched) {
    const { listener, tables } = hosts.get(host) ?? {};
    if (listener === undefined || tables === undefined) continue;
    found.set(host, { listener, tables: tables.map((table) => replaced.get(table) ?? table) });
  }
  return found;
}

function toDraft(door: Door, json: object, input: RoutesInput): Draft {
  let from: readonly Item[] | undefined;
  return {
    ...{ type: "routes", name: door.name, json },
    // Of thousands of routes: asked for when something is wrong.
    get from() {
      from ??= itemsOf(door, input);
      return from;
    },
  };
}

/** All that a door is made from, in the order of the routes. */
function itemsOf(door: Door, { gateway, attached, policies }: RoutesInput): readonly Item[] {
  const tables = attached.flatMap(({ hosted }) => hosted.flatMap((place) => (place.door === door ? place.table : [])));
  const ofRoutes = tables.flatMap((table) => [table.item, ...table.policies]);
  const ofListeners = door.listeners.flatMap(({ name }) => policiesOfListener(policies, gateway.name, name));
  return [...new Set([gateway, ...ofRoutes, ...ofListeners])];
}

/** A host is that of the first route that has it, unless all that have it leave it to precedence who wins. */
function canJoin([first]: readonly RouteTable[], table: RouteTable): boolean {
  return first !== undefined && canShareHosts(first.item.value, table.item.value);
}

/** The tables of the wanted hosts of a door, in the order of the routes. */
function tablesByHost(
  attached: readonly Attached[],
  door: Door,
  wanted: ReadonlySet<string> | undefined,
): ReadonlyMap<string, HostTables> {
  const found = new Map<string, HostTables & { readonly tables: RouteTable[] }>();
  for (const { hosted } of attached) {
    for (const { door: own, hosts, listener, table } of hosted) {
      if (own !== door) continue;
      for (const host of hosts) {
        if (wanted?.has(host) === false) continue;
        const known = found.get(host);
        if (known === undefined) found.set(host, { listener, tables: [table] });
        else if (known.tables.at(-1) !== table && canJoin(known.tables, table)) known.tables.push(table);
      }
    }
  }
  return found;
}
