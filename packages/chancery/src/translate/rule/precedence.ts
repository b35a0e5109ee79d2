import type { Match } from "../../model/match.ts";
import type { HttpRoute } from "../../model/route.ts";
import type { RuleRoute } from "./rule.ts";

/** Routes of one object in the order in which it wants them to be tried. */
export interface OrderedRoutes {
  readonly order: HttpRoute["order"];
  readonly routes: readonly RuleRoute[];
}

/**
 * The routes of one host in the order in which Envoy tries them: as written, or the most specific first. Only objects that
 * want precedence have a host together.
 *
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
export function inOrder(tables: readonly OrderedRoutes[]): readonly RuleRoute[] {
  const routes = tables.flatMap((table) => table.routes);
  return tables[0]?.order === "precedence" ? routes.sort(byPrecedence) : routes;
}

// Sorting keeps the order of equals: that in which they are written.
function byPrecedence(a: RuleRoute, b: RuleRoute): number {
  const [left, right] = [toRank(a.match), toRank(b.match)];
  for (const [index, rank] of left.entries()) {
    const difference = (right[index] ?? 0) - rank;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What counts, the most important first; the greater wins. */
function toRank({ path, grpc, methods, headers = {}, query = {} }: Match): readonly number[] {
  return [
    ...toPathRank(path, grpc),
    methods === undefined ? 0 : 1,
    Object.keys(headers).length,
    Object.keys(query).length,
  ];
}

/** Exact paths, then regular expressions, of which nobody can say how much they take, then prefixes; longer ones first. */
function toPathRank(path: Match["path"], grpc: Match["grpc"]): readonly [number, number] {
  if (grpc?.service !== undefined && grpc.method !== undefined) return [3, grpc.service.length + grpc.method.length];
  if (grpc?.method !== undefined) return [2, 0];
  if (grpc?.service !== undefined) return [1, grpc.service.length];
  if (path?.exact !== undefined) return [3, path.exact.length];
  if (path?.regex !== undefined) return [2, 0];
  return [1, path?.prefix?.length ?? 0];
}
