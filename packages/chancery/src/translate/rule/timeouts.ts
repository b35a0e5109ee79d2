import type { RouteActionJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Rule } from "../../model/route.ts";
import { toDuration } from "../json.ts";
import type { RuleContext } from "./rule.ts";

/** How long an answer may take. Calls of gRPC say it themselves, and streams have no end, so only a bound is set there. */
export function timeouts({ timeout = {} }: Rule, { protocol }: RuleContext): Partial<RouteActionJson> {
  const { request, idle } = timeout;
  const idleTimeout = idle !== undefined && { idleTimeout: toDuration(idle) };
  if (protocol !== "grpc") return { ...(request !== undefined && { timeout: toDuration(request) }), ...idleTimeout };
  return {
    timeout: toDuration(request ?? 0),
    maxStreamDuration: { grpcTimeoutHeaderMax: toDuration(request ?? 0) },
    ...idleTimeout,
  };
}
