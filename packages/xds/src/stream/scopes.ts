import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";
import { bodyOf, type Resource } from "../resource/resource.ts";
import { routes } from "../resource/type.ts";
import type { Family } from "./family.ts";
import { intersection, toNames } from "./names.ts";
import { sendAgain } from "./subscription.ts";
import type { Update } from "./update.ts";

/**
 * Envoy leaves and asks again for the route tables of scopes that change, in one go: its list of names may look the same
 * although it has forgotten a table. So these are sent again.
 */
export function followScopes(scopeUpdate: Update, family: Family): void {
  for (const slot of family.ofType(routes)) {
    const tables = toNames(scopeUpdate.resources.map(routeTableOf));
    slot.subscription = sendAgain(slot.subscription, intersection(tables, slot.subscription.names));
  }
}

const routeConfigurationNameTag = makeTag(2, WireType.Bytes);

/** https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/scoped_route.proto */
function routeTableOf(scope: Resource): string {
  let name = "";
  const reader = new WireReader(bodyOf(scope));
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === routeConfigurationNameTag) name = reader.string();
    else reader.skip(tag);
  }
  return name;
}
