import type { RouteActionJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Rule } from "../../model/route.ts";
import { together } from "../json.ts";
import { policySections } from "../policy/sections.ts";
import type { RuleContext } from "./rule.ts";

/** What policies say of requests that are sent on, beside what they say to filters. */
export function policies(_: Rule, context: RuleContext): Partial<RouteActionJson> {
  return together(policySections.map(({ perAction }) => perAction?.(context.policies)));
}
