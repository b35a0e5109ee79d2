import type {
  RouteAction_HashPolicyJson,
  RouteActionJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Affinity, Rule } from "../../model/route.ts";
import { toDuration } from "../json.ts";

/** What requests that belong together have in common. The first that there is decides. */
export function hashPolicy({ affinity }: Rule): Partial<RouteActionJson> {
  if (affinity === undefined) return {};
  return { hashPolicy: affinity.map((item) => ({ ...toHashPolicy(item), terminal: true })) };
}

function toHashPolicy(affinity: Affinity): RouteAction_HashPolicyJson {
  if ("header" in affinity) return { header: { headerName: affinity.header } };
  if ("query" in affinity) return { queryParameter: { name: affinity.query } };
  if ("sourceIp" in affinity) return { connectionProperties: { sourceIp: true } };
  const { name, ttl, path } = affinity.cookie;
  return {
    cookie: { name, ...(ttl !== undefined && { ttl: toDuration(ttl) }), ...(path !== undefined && { path }) },
  };
}
