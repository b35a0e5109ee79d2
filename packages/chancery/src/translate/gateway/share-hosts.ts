import type { Route } from "../../model/route.ts";

/**
 * Whether the rules of two routes can be put together for a host that both have. The order in which rules are written
 * says nothing about those of another route; precedence says who wins wherever they stand.
 */
export function canShareHosts(a: Route, b: Route): boolean {
  return "rules" in a && "rules" in b && a.order === "precedence" && b.order === "precedence";
}
