import type { RouteJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Match } from "../../model/match.ts";
import type { Item } from "../../model/model.ts";
import type { HttpRoute, Rule } from "../../model/route.ts";
import { together } from "../json.ts";
import { compact } from "../same.ts";
import type { AllFacts } from "../service-facts.ts";
import { action } from "./action.ts";
import { isConnectOnly, toConnectMatch, wantsConnect } from "./connect.ts";
import { filters } from "./filters.ts";
import { headerChanges } from "./header-changes.ts";
import { toRouteMatches } from "./match.ts";
import { stripsPrefix } from "./rewrite.ts";

/** What is known when a route of Envoy's is made of a rule. */
export interface RuleContext {
  /** `<route>#<rule>`: what it is called on the wire, in statistics and in logs. */
  readonly name: string;
  readonly protocol: HttpRoute["protocol"];
  readonly services: AllFacts;
  /** Those for the rule and its route, the closer ones last. */
  readonly policies: readonly Item<"policies">[];
  /** Which of the rule's matches it is for. */
  readonly match: Match;
}

/** Some of what a route is, as one thing that a rule may say makes it. */
export type RuleFeature = (rule: Rule, context: RuleContext) => Partial<RouteJson>;

/** All that a rule may say but its match: each thing is one entry. */
const features: readonly RuleFeature[] = [headerChanges, action, filters];

/** One of Envoy's routes, and the match of the model that it stands for. */
export interface RuleRoute {
  readonly match: Match;
  readonly json: RouteJson;
}

/** The routes of a rule: one for each of its matches, and one more for each that takes CONNECT requests. */
export function toRuleRoutes(rule: Rule, context: Omit<RuleContext, "match">): readonly RuleRoute[] {
  const { name, protocol } = context;
  const strips = stripsPrefix(rule);
  const routes = (rule.match ?? [{}]).flatMap((match) => {
    const said = together(features.map((feature) => feature(rule, { ...context, match })));
    const toRoute = (routeMatch: RouteJson["match"] & object): RuleRoute => ({
      match,
      json: { name, match: routeMatch, ...said },
    });
    return [
      ...(wantsConnect(rule, match) ? [toRoute(toConnectMatch(match))] : []),
      ...(isConnectOnly(rule, match) ? [] : toRouteMatches(match, { protocol, strips }).map(toRoute)),
    ];
  });
  return compact(routes);
}
