import type { VirtualHostJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Item } from "../../model/model.ts";
import type { Draft } from "../draft.ts";
import type { RouteTable } from "../rule/route-table.ts";
import type { Door, Port } from "./ports.ts";
import { toRouteConfiguration } from "./route-configuration.ts";
import { toVirtualHost } from "./virtual-host.ts";

/** A table of routes, and where it is attached. */
export interface HostedTable {
  readonly door: Door;
  readonly listener: string;
  readonly hosts: readonly string[];
  readonly table: RouteTable;
}

/** Makes route configurations; virtual hosts and configurations that come out as last time are the same objects. */
export function createRouteDrafts(): (
  gateway: Item<"gateways">,
  ports: readonly Port[],
  tables: readonly HostedTable[],
) => readonly Draft[] {
  const last = new Map<string, ReadonlyMap<string, DoorMade>>();
  return (gateway, ports, tables) => {
    const before = last.get(gateway.name);
    const now = new Map<string, DoorMade>();
    const byDoor = Map.groupBy(tables, ({ door }) => door);
    for (const door of httpDoorsOf(ports)) {
      now.set(door.name, toDoor(gateway, door, byDoor.get(door) ?? [], before?.get(door.name)));
    }
    last.set(gateway.name, now);
    return [...now.values()].map(({ draft }) => draft);
  };
}

interface DoorMade {
  readonly door: Door;
  readonly hosts: ReadonlyMap<string, HostMade>;
  readonly draft: Draft;
}

interface HostMade {
  readonly name: string;
  readonly tables: readonly RouteTable[];
  readonly json: VirtualHostJson;
}

function httpDoorsOf(ports: readonly Port[]): readonly Door[] {
  return ports
    .filter(({ transport }) => transport === "tcp")
    .flatMap(({ doors }) => doors.filter(({ first }) => /^HTTPS?$/.test(first.value.protocol)));
}

function toDoor(
  gateway: Item<"gateways">,
  door: Door,
  hosted: readonly HostedTable[],
  before: DoorMade | undefined,
): DoorMade {
  const hosts = new Map<string, HostMade>();
  for (const [host, { listener, tables }] of byHost(hosted)) {
    const name = `${gateway.name}/${listener}/${host}`;
    const last = before?.hosts.get(host);
    const isSame = last?.name === name && isSameList(last.tables, tables);
    hosts.set(host, isSame ? last : { name, tables, json: toVirtualHost(name, host, tables) });
  }
  const virtualHosts = [...hosts.values()].map(({ json }) => json);
  const from = [gateway, ...new Set(hosted.map(({ table }) => table.item))];
  const lastHosts = before === undefined ? [] : [...before.hosts.values()].map(({ json }) => json);
  const isSame = before?.door === door && isSameList(lastHosts, virtualHosts);
  if (isSame && isSameList(before.draft.from, from)) return { ...before, hosts };
  const json = isSame ? before.draft.json : toRouteConfiguration(door, virtualHosts, gateway.value);
  return { door, hosts, draft: { type: "routes", name: door.name, json, from } };
}

/** What each host has, in order; the first listener that serves it gives the virtual host its name. */
function byHost(hosted: readonly HostedTable[]) {
  const hosts = new Map<string, { readonly listener: string; readonly tables: RouteTable[] }>();
  for (const { hosts: names, listener, table } of hosted) {
    for (const name of names) {
      const host = hosts.get(name) ?? { listener, tables: [] };
      // A route that reaches a host through two listeners of a port is there once.
      if (!host.tables.includes(table)) host.tables.push(table);
      hosts.set(name, host);
    }
  }
  return hosts;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
