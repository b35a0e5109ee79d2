import type { Difference } from "../keyed-list.ts";
import type { Item, Items } from "../model/model.ts";
import { isSameList } from "./same.ts";
import { gatewaysOfRoute, servicesOfRoute } from "./uses.ts";

/** The routes that name a gateway among their parents. */
export interface GatewayRoutes {
  /** In the order of the documents. */
  readonly list: readonly Item<"routes">[];
  /** The services that they send something to; the same set as long as each route names those that it did. */
  readonly services: ReadonlySet<string>;
}

/** Sorts routes by gateway, by name. What is the same as last time is the same object. */
export function createRoutesByGateway(): (routes: Items<"routes">) => ReadonlyMap<string, GatewayRoutes> {
  let last: Items<"routes"> | undefined;
  let made: ReadonlyMap<string, GatewayRoutes> = new Map();
  return (routes) => {
    if (routes !== last) made = (last && replaceRoutes(made, routes, last)) ?? sortAll(routes, made);
    last = routes;
    return made;
  };
}

function sortAll(
  routes: Items<"routes">,
  before: ReadonlyMap<string, GatewayRoutes>,
): ReadonlyMap<string, GatewayRoutes> {
  const lists = new Map<string, Item<"routes">[]>();
  for (const route of routes.values()) {
    for (const gateway of gatewaysOfRoute(route)) {
      const list = lists.get(gateway);
      if (list === undefined) lists.set(gateway, [route]);
      else list.push(route);
    }
  }
  return new Map(Array.from(lists, ([gateway, list]) => [gateway, sameOrNew(list, before.get(gateway))]));
}

function sameOrNew(list: readonly Item<"routes">[], before: GatewayRoutes | undefined): GatewayRoutes {
  if (before !== undefined && isSameList(before.list, list)) return before;
  return { list, services: new Set(list.flatMap(servicesOfRoute)) };
}

const maxMoved = 100;

/** The same where some routes differ, come or go, and the others are attached to the gateways that they were attached to. */
function replaceRoutes(
  before: ReadonlyMap<string, GatewayRoutes>,
  routes: Items<"routes">,
  last: Items<"routes">,
): ReadonlyMap<string, GatewayRoutes> | undefined {
  const difference = routes.differenceSince(last);
  if (difference === undefined) return undefined;
  const lists = new Map<string, Item<"routes">[]>();
  const listOf = (gateway: string) => {
    const list = lists.get(gateway) ?? [...(before.get(gateway)?.list ?? [])];
    lists.set(gateway, list);
    return list;
  };
  const { changed, removed, added, start } = difference;
  // To look for the place of each takes longer than to sort all of them anew, once there are many.
  if (removed.length + added.length > maxMoved) return undefined;
  for (const { before: was, value } of changed) {
    const gateways = gatewaysOfRoute(value);
    if (!isSameList(gatewaysOfRoute(was), gateways)) return undefined;
    for (const list of gateways.map(listOf)) list[list.indexOf(was)] = value;
  }
  for (const [, route] of removed) {
    for (const list of gatewaysOfRoute(route).map(listOf)) list.splice(list.indexOf(route), 1);
  }
  const [previous] = routes.slice(Math.max(0, start - 1), start);
  for (const [, route] of [...added].reverse()) {
    for (const list of gatewaysOfRoute(route).map(listOf)) {
      const at = previous === undefined ? -1 : list.indexOf(previous[1]);
      // Where the route before it is not, its place is not as plain.
      if (at === -1 && start > 0) return undefined;
      list.splice(at + 1, 0, route);
    }
  }
  return withLists(before, lists, difference);
}

function withLists(
  before: ReadonlyMap<string, GatewayRoutes>,
  lists: ReadonlyMap<string, readonly Item<"routes">[]>,
  { changed, removed, added }: Difference<Item<"routes">>,
): ReadonlyMap<string, GatewayRoutes> {
  const renamed = changed.filter(({ before: was, value }) => !isSameList(servicesOfRoute(was), servicesOfRoute(value)));
  const isSameNames = renamed.length + removed.length === 0;
  const made = new Map(before);
  for (const [gateway, list] of lists) {
    const known = before.get(gateway)?.services;
    const isSame = isSameNames && added.every(([, route]) => servicesOfRoute(route).every((name) => known?.has(name)));
    made.set(gateway, { list, services: isSame && known ? known : new Set(list.flatMap(servicesOfRoute)) });
  }
  for (const [gateway, { list }] of made) if (list.length === 0) made.delete(gateway);
  return made;
}
