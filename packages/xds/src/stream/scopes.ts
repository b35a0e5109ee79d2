import { bodyOf, type Resource } from "../resource/resource.ts";
import { readTextField } from "../resource/text-field.ts";
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
  const tables = toNames(scopeUpdate.resources.map(routeTableOf));
  for (const slot of family.ofType(routes)) {
    slot.subscription = sendAgain(slot.subscription, intersection(tables, slot.subscription.names));
  }
}

const routeConfigurationName = 2;

/** https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/scoped_route.proto */
function routeTableOf(scope: Resource): string {
  return readTextField(bodyOf(scope), routeConfigurationName);
}
