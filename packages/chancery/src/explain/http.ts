import { type ActionContext, outcomeOf } from "./action.ts";
import type { HttpSteps, Outcome, RouteStep } from "./explanation.ts";
import { filterStateOf } from "./filter-state.ts";
import { httpFiltersOf } from "./http-filters.ts";
import { type HttpRequest, toHttpRequest } from "./http-request.ts";
import { flagIn, type Json, objectIn, objectsIn, textIn } from "./json.ts";
import type { Level } from "./mutations.ts";
import type { Request } from "./request.ts";
import type { Resources } from "./resources.ts";
import { checkRoute } from "./route-match.ts";
import { findRoutes } from "./route-source.ts";
import { chooseVirtualHost } from "./virtual-host.ts";

export interface HttpExplanation {
  readonly http: HttpSteps;
  readonly outcome: Outcome;
}

/** Follows a request through an HTTP connection manager, from its host and path to what the route does. */
export function explainHttp(manager: Json, request: Request, resources: Resources): HttpExplanation {
  const http = toHttpRequest(manager, request);
  const { authority, path, changes } = http;
  const none = { virtualHosts: [], routes: [], notReached: 0 };
  const seen = { authority, path, changes, filters: httpFiltersOf(manager, [], resources) };
  if (http.outcome !== undefined) return { http: { ...seen, ...none }, outcome: http.outcome };

  const { from, scope, routeConfiguration, outcome } = findRoutes(manager, http.headers, resources);
  const source = { ...(from !== undefined && { routeConfiguration: from }), ...(scope !== undefined && { scope }) };
  if (routeConfiguration === undefined) {
    return { http: { ...seen, ...source, ...none }, outcome: outcome ?? noRoute("there are no routes") };
  }

  const { candidates, virtualHost, host, domains } = chooseVirtualHost(routeConfiguration, http.headers, resources);
  const found = { ...seen, ...source, virtualHosts: candidates };
  if (virtualHost === undefined) {
    const there = domains.length === 0 ? "there is none at all" : `the domains are ${list(domains)}`;
    const missing = noRoute(`no virtual host has a domain for "${host}"; ${there}`);
    return { http: { ...found, routes: [], notReached: 0 }, outcome: missing };
  }
  const tls = toHttps(virtualHost, http);
  if (tls !== undefined) return { http: { ...found, routes: [], notReached: 0 }, outcome: tls };
  if (objectIn(virtualHost, "matcher") !== undefined) {
    const why = `virtual host "${textIn(virtualHost, "name")}" chooses its routes by a matcher, which is not looked into`;
    return { http: { ...found, routes: [], notReached: 0 }, outcome: { kind: "unknown", why } };
  }

  const context = { request, http, manager, virtualHost, routeConfiguration, resources };
  const rules = objectsIn(virtualHost, "routes");
  const { routes, chosen } = walk(rules, context);
  const levels: readonly Level[] = [
    ["route", chosen],
    ["virtual host", virtualHost],
    ["route configuration", routeConfiguration],
  ];
  const last = routes.at(-1);
  return {
    http: {
      ...found,
      filters: httpFiltersOf(manager, levels, resources),
      routes,
      notReached: rules.length - routes.length,
    },
    outcome: last?.verdict === "yes" && last.outcome ? last.outcome : noRoute(noneMatches(virtualHost, rules.length)),
  };
}

/** Tries one rule after the other until one surely matches. */
function walk(rules: readonly Json[], context: ActionContext): { routes: RouteStep[]; chosen: Json | undefined } {
  const { request, http, manager, virtualHost, routeConfiguration, resources } = context;
  const levels: readonly Level[] = [
    ["virtual host", virtualHost],
    ["route configuration", routeConfiguration],
  ];
  const facts = {
    filterState: filterStateOf(manager, httpFiltersOf(manager, levels, resources), request),
    request,
    path: http.path,
    headers: http.headers,
    ignoreParameters: flagIn(routeConfiguration, "ignore_path_parameters_in_path_matching") ?? false,
  };
  const routes: RouteStep[] = [];
  for (const [i, rule] of rules.entries()) {
    const checks = checkRoute(objectIn(rule, "match") ?? {}, facts);
    const failed = checks.find(({ verdict }) => verdict === "no");
    const unsure = failed === undefined ? checks.filter(({ verdict }) => verdict === "unknown") : [];
    const verdict = failed !== undefined ? "no" : unsure.length > 0 ? "unknown" : "yes";
    routes.push({
      name: textIn(rule, "name") || `routes[${i}]`,
      match: checks.map(({ what }) => what),
      verdict,
      why: failed?.why ?? unsure.map(({ why }) => why).join("; "),
      ...(verdict !== "no" && { outcome: outcomeOf(rule, context) }),
    });
    if (verdict === "yes") return { routes, chosen: rule };
  }
  return { routes, chosen: undefined };
}

/** What `require_tls` does to a request without TLS. */
function toHttps(virtualHost: Json, { forwardedProto, authority, path, internal }: HttpRequest): Outcome | undefined {
  const required = textIn(virtualHost, "require_tls");
  if (required === "" || required === "NONE" || forwardedProto === "https") return undefined;
  if (required === "EXTERNAL_ONLY" && internal) return undefined;
  return { kind: "respond", status: 301, location: `https://${authority}${path}`, responseHeaders: [] };
}

function noneMatches(virtualHost: Json, count: number): string {
  const name = textIn(virtualHost, "name");
  return count === 0 ? `virtual host "${name}" has no routes` : `no route of virtual host "${name}" matches`;
}

function noRoute(why: string): Outcome {
  return { kind: "refuse", status: 404, code: "route_not_found", why };
}

function list(domains: readonly string[]): string {
  const shown = domains.slice(0, 10).map((domain) => `"${domain}"`);
  const more = domains.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
