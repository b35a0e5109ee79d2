import type { RouteActionJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Rule } from "../../model/route.ts";
import { toFractionalPercent } from "../percent.ts";
import type { RuleContext } from "./rule.ts";

/** Services that get a copy of requests. One that does not exist gets none, and the requests are served all the same. */
export function mirrors({ mirror = [] }: Rule, { services }: RuleContext): Partial<RouteActionJson> {
  const known = mirror.filter(({ service }) => services.has(service));
  if (known.length === 0) return {};
  return {
    requestMirrorPolicies: known.map(({ service, percent }) => ({
      cluster: service,
      runtimeFraction: { defaultValue: toFractionalPercent(percent) },
      // Else the copy asks for the host with "-shadow" at its end.
      disableShadowHostSuffixAppend: true,
    })),
  };
}
