import type { RouteActionJson, RouteJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Rule } from "../../model/route.ts";
import { together } from "../json.ts";
import { upgrades } from "./connect.ts";
import { destinations, problemOf } from "./destinations.ts";
import { hashPolicy } from "./hash-policy.ts";
import { mirrors } from "./mirrors.ts";
import { policies } from "./policies.ts";
import { toRedirect } from "./redirect.ts";
import { retryPolicy } from "./retry-policy.ts";
import { hostRewrite, pathRewrite } from "./rewrite.ts";
import type { RuleContext } from "./rule.ts";
import { timeouts } from "./timeouts.ts";

/** Some of how a request is sent on, as one thing that a rule may say makes it. */
export type ActionFeature = (rule: Rule, context: RuleContext) => Partial<RouteActionJson>;

/** All that a rule may say of sending a request on: each thing is one entry. */
const features: readonly ActionFeature[] = [
  destinations,
  pathRewrite,
  hostRewrite,
  timeouts,
  retryPolicy,
  mirrors,
  hashPolicy,
  upgrades,
  policies,
];

/** What is done with a request. A rule that cannot do what it says answers 500 and says why. */
export function action(rule: Rule, context: RuleContext): Partial<RouteJson> {
  if (rule.redirect !== undefined) return { redirect: toRedirect(rule.redirect, context.match) };
  if (rule.respond !== undefined) return { directResponse: toDirectResponse(rule.respond.status, rule.respond.body) };
  const problem = problemOf(rule, context);
  if (problem !== undefined) return { directResponse: toDirectResponse(500, `route ${context.name}: ${problem}\n`) };
  return {
    route: together(features.map((feature) => feature(rule, context))),
  };
}

function toDirectResponse(status: number, body: string | undefined): NonNullable<RouteJson["directResponse"]> {
  return { status, ...(body !== undefined && { body: { inlineString: body } }) };
}
