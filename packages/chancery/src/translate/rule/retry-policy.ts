import type {
  RetryPolicyJson,
  RouteActionJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Rule } from "../../model/route.ts";
import { toDuration, typed } from "../json.ts";

type Retry = NonNullable<Rule["retry"]>;

/** When and how requests are tried again, and how long each attempt may take. */
export function retryPolicy({ retry, timeout }: Rule): Partial<RouteActionJson> {
  const perTry = retry?.perTry ?? timeout?.perTry;
  if (retry === undefined && perTry === undefined) return {};
  return {
    retryPolicy: {
      ...(retry && toPolicy(retry)),
      ...(perTry !== undefined && { perTryTimeout: toDuration(perTry) }),
    },
  };
}

// What has not reached a service for certain, so that nothing can happen twice.
const safe: NonNullable<Retry["on"]> = ["connect-failure", "refused-stream", "reset-before-request"];

function toPolicy({ attempts, on = safe, statuses, backOff, otherEndpoint }: Retry): RetryPolicyJson {
  return {
    retryOn: [...on, ...(statuses ? ["retriable-status-codes"] : [])].join(","),
    numRetries: attempts,
    ...(statuses && { retriableStatusCodes: statuses }),
    ...(backOff && {
      retryBackOff: {
        baseInterval: toDuration(backOff.base),
        ...(backOff.max !== undefined && { maxInterval: toDuration(backOff.max) }),
      },
    }),
    ...(otherEndpoint && { retryHostPredicate: [previousHosts], hostSelectionRetryMaxAttempts: "5" }),
  };
}

const previousHosts = {
  name: "envoy.retry_host_predicates.previous_hosts",
  typedConfig: typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", {}),
};
