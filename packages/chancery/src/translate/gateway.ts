import type { Item } from "../model/model.ts";
import type { HttpRoute, StreamRoute } from "../model/route.ts";
import type { Draft } from "./draft.ts";
import { toAttachments } from "./gateway/attachment.ts";
import type { Stream } from "./gateway/context.ts";
import { createListenerDrafts } from "./gateway/listener-drafts.ts";
import { type Door, type Port, toPorts } from "./gateway/ports.ts";
import { createRouteDrafts, type HostedTable } from "./gateway/route-drafts.ts";
import { memo } from "./memo.ts";
import { createRouteTables } from "./rule/route-table.ts";
import { createFacts } from "./service-facts.ts";

/** A gateway as one fleet has it, and what there is for it. */
export interface GatewayInput {
  readonly fleet: Item<"fleets">;
  readonly gateway: Item<"gateways">;
  /** All that name the gateway among their parents, in the order of the documents. */
  readonly routes: readonly Item<"routes">[];
  readonly services: ReadonlyMap<string, Item<"services">>;
  readonly certificates: ReadonlyMap<string, Item<"certificates">>;
}

/**
 * Returns the function that makes listeners and route configurations of gateways, of any number of them. It remembers
 * what it made: input that is the same object gives the same drafts, and in drafts the same virtual hosts and routes.
 */
export function createGatewayTranslator(): (input: GatewayInput) => readonly Draft[] {
  const factsOf = createFacts();
  const portsOf = memo(toPorts);
  const attachmentsOf = memo(toAttachments);
  const tableOf = createRouteTables();
  const toListenerDrafts = createListenerDrafts();
  const toRouteDrafts = createRouteDrafts();
  return ({ fleet, gateway, routes, services, certificates }) => {
    const facts = factsOf(services);
    const ports = portsOf(gateway);
    const doors = doorsByListener(ports);
    const streams: Stream[] = [];
    const tables: HostedTable[] = [];
    for (const item of routes) {
      for (const { listener, hosts } of attachmentsOf(gateway, item)) {
        const door = doors.get(listener);
        if (door === undefined) continue;
        if (isHttp(item.value)) tables.push({ door, listener, hosts, table: tableOf(item, item.value, facts) });
        else streams.push({ item, listener, hosts, to: item.value.to });
      }
    }
    return [
      ...toListenerDrafts({ fleet, gateway, ports, streams, facts, certificates }),
      ...toRouteDrafts(gateway, ports, tables),
    ];
  };
}

function isHttp(route: HttpRoute | StreamRoute): route is HttpRoute {
  return "rules" in route;
}

function doorsByListener(ports: readonly Port[]): ReadonlyMap<string, Door> {
  // A listener with HTTP/3 is on two ports; its routes are those of the first.
  const doors = ports.filter(({ transport }) => transport !== "quic").flatMap(({ doors }) => doors);
  return new Map(doors.flatMap((door) => door.listeners.map(({ name }) => [name, door])));
}
