import type { RouteJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Rule } from "../../model/route.ts";
import { toFilterConfigs } from "../http-filters.ts";
import type { RuleContext } from "./rule.ts";

/** What a rule says to HTTP filters. */
export function filters(rule: Rule, context: RuleContext): Partial<RouteJson> {
  return toFilterConfigs((filter) => filter.perRule?.(rule, context));
}
