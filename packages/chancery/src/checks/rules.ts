import { join } from "../model/join.ts";
import type { Item } from "../model/model.ts";
import type { HttpRoute, Rule } from "../model/route.ts";

/** One rule of one route, and where it stands within the route. */
export interface PlacedRule {
  readonly item: Item<"routes">;
  readonly route: HttpRoute;
  readonly name: string;
  readonly rule: Rule;
  readonly path: string;
}

/** The rules of one route; none if it is not for HTTP. */
export function rulesOf(item: Item<"routes">): readonly PlacedRule[] {
  const route = item.value;
  if (!("rules" in route)) return [];
  return Object.entries(route.rules).map(([name, rule]) => ({ item, route, name, rule, path: join("rules", name) }));
}
