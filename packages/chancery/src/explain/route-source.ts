import type { Refuse } from "./explanation.ts";
import type { RequestHeaders } from "./headers.ts";
import { type Json, numberIn, objectIn, objectsIn, textIn } from "./json.ts";
import type { Resources } from "./resources.ts";

/** Where a connection manager's routes come from. */
export interface RouteSource {
  readonly from?: string;
  readonly scope?: string;
  readonly routeConfiguration?: Json;
  /** Why there are none. */
  readonly outcome?: Refuse;
}

/** Finds the route configuration: inline, by name (RDS), or by a key that is made of headers (SRDS). */
export function findRoutes(manager: Json, headers: RequestHeaders, resources: Resources): RouteSource {
  const inline = objectIn(manager, "route_config");
  if (inline !== undefined) return { from: `inline${named(inline)}`, routeConfiguration: inline };
  const rds = objectIn(manager, "rds");
  if (rds !== undefined) return findByName(textIn(rds, "route_config_name"), resources);
  const scoped = objectIn(manager, "scoped_routes");
  if (scoped !== undefined) return findByScope(scoped, headers, resources);
  return { outcome: refuse("the connection manager has no routes") };
}

function findByName(name: string, resources: Resources): RouteSource {
  const routeConfiguration = resources.get("routes", name);
  const from = `RDS "${name}"`;
  if (routeConfiguration !== undefined) return { from, routeConfiguration };
  return { from, outcome: refuse(`there is no route configuration "${name}"`) };
}

function findByScope(scoped: Json, headers: RequestHeaders, resources: Resources): RouteSource {
  const fragments = objectsIn(objectIn(scoped, "scope_key_builder"), "fragments").map((fragment) => {
    return fragmentOf(objectIn(fragment, "header_value_extractor"), headers);
  });
  const scopeName = textIn(scoped, "name");
  const missing = fragments.find((fragment) => typeof fragment !== "string");
  if (missing !== undefined) return { outcome: refuse(`no scope of "${scopeName}": ${missing.missing}`) };
  const key = fragments.filter((fragment) => typeof fragment === "string");
  const scope = scopesOf(scoped, resources).find((candidate) => hasKey(candidate, key));
  const shown = key.map((part) => `"${part}"`).join(", ");
  if (scope === undefined) return { outcome: refuse(`no scope of "${scopeName}" has the key ${shown}`) };
  const inline = objectIn(scope, "route_configuration");
  const found: RouteSource =
    inline === undefined
      ? findByName(textIn(scope, "route_configuration_name"), resources)
      : { from: `inline${named(inline)}`, routeConfiguration: inline };
  return { ...found, scope: `"${textIn(scope, "name")}", by the key ${shown}` };
}

function scopesOf(scoped: Json, resources: Resources): readonly Json[] {
  const list = objectIn(scoped, "scoped_route_configurations_list");
  if (list !== undefined) return objectsIn(list, "scoped_route_configurations");
  return resources.all("scopedRoutes");
}

function hasKey(scope: Json, key: readonly string[]): boolean {
  const fragments = objectsIn(objectIn(scope, "key"), "fragments").map((fragment) => textIn(fragment, "string_key"));
  return fragments.length === key.length && fragments.every((fragment, i) => fragment === key[i]);
}

/** One part of the key, or what is missing for it. */
function fragmentOf(extractor: Json | undefined, headers: RequestHeaders): string | { readonly missing: string } {
  const name = textIn(extractor, "name");
  const value = headers.values(name)[0];
  if (value === undefined) return { missing: `header ${name} is absent` };
  const separator = textIn(extractor, "element_separator");
  const elements = separator === "" ? [value] : value.split(separator);
  const pair = objectIn(extractor, "element");
  if (pair === undefined) {
    const index = numberIn(extractor, "index") ?? 0;
    return elements[index] ?? { missing: `header ${name} "${value}" has no element ${index}` };
  }
  const [key, between] = [textIn(pair, "key"), textIn(pair, "separator")];
  for (const element of elements) {
    const at = element.indexOf(between);
    if ((at < 0 ? element : element.slice(0, at)) === key) return at < 0 ? "" : element.slice(at + between.length);
  }
  return { missing: `header ${name} "${value}" has no element with the key "${key}"` };
}

function named(routeConfiguration: Json): string {
  const name = textIn(routeConfiguration, "name");
  return name === "" ? "" : ` "${name}"`;
}

function refuse(why: string): Refuse {
  return { kind: "refuse", status: 404, code: "route_not_found", why };
}
