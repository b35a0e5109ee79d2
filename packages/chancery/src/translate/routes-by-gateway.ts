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

/** The same where some routes differ, which are attached to the gateways that they were attached to. */
function replaceRoutes(
  before: ReadonlyMap<string, GatewayRoutes>,
  routes: Items<"routes">,
  last: Items<"routes">,
): ReadonlyMap<string, GatewayRoutes> | undefined {
  const changes = routes.changesSince(last);
  if (changes === undefined) return undefined;
  const lists = new Map<string, Item<"routes">[]>();
  const renamed = new Set<string>();
  for (const { before: was, value } of changes) {
    const gateways = gatewaysOfRoute(value);
    if (!isSameList(gatewaysOfRoute(was), gateways)) return undefined;
    for (const gateway of gateways) {
      const list = lists.get(gateway) ?? [...(before.get(gateway)?.list ?? [])];
      lists.set(gateway, list);
      list[list.indexOf(was)] = value;
      if (!isSameList(servicesOfRoute(was), servicesOfRoute(value))) renamed.add(gateway);
    }
  }
  const made = new Map(before);
  for (const [gateway, list] of lists) {
    const services = renamed.has(gateway) ? undefined : before.get(gateway)?.services;
    made.set(gateway, { list, services: services ?? new Set(list.flatMap(servicesOfRoute)) });
  }
  return made;
}
