import { type Resource, toResource } from "../resource/resource.ts";
import { routes, virtualHosts } from "../resource/type.ts";
import type { Family } from "./family.ts";
import { toNames } from "./names.ts";
import type { Slot } from "./slot.ts";
import { sendAgain } from "./subscription.ts";
import type { Update } from "./update.ts";

/**
 * What VHDS needs beside the update: Envoy takes a resource without content, named as it asked, for a host that does not
 * exist. At first it asks for no host at all, and waits for an answer: that one it does not name does not exist.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/vhds
 */
export function withAbsentHosts(slot: Slot, update: Update, family: Family): Update {
  if (slot.type !== virtualHosts || slot.spelling.form !== "delta") return update;
  if (slot.sent === undefined && slot.subscription.names.size === 0) {
    const tables = [...family.ofType(routes)].flatMap(({ subscription }) => [...subscription.names]);
    return { ...update, missing: tables.map((name) => `${name}/`) };
  }
  if (update.missing.length === 0) return update;
  return { ...update, resources: [...update.resources, ...update.missing.map(absentHost)], missing: [] };
}

/** Envoy forgets the virtual hosts of a route table that it is sent anew. */
export function followRoutes(routeUpdate: Update, family: Family): void {
  for (const slot of family.ofType(virtualHosts)) {
    const { names } = slot.subscription;
    const hosts = routeUpdate.resources.flatMap(({ name }) => [...names.range(`${name}/`)]);
    slot.subscription = sendAgain(slot.subscription, toNames(hosts));
  }
}

function absentHost(name: string): Resource {
  return toResource({ typeUrl: virtualHosts.typeUrl, name, aliases: [name], onDemand: true });
}
