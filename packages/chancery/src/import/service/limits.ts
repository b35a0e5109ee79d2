import { type Json, numberIn, objectIn, objectsIn, textIn } from "../../explain/json.ts";
import { type Authored, said } from "../values.ts";
import { httpOptions } from "./protocol.ts";

/** Circuit breakers. */
export function limits(cluster: Json): Authored {
  const breakers = objectIn(cluster, "circuit_breakers");
  const thresholds = objectsIn(breakers, "thresholds").find((each) => textIn(each, "priority") === "");
  const budget = objectIn(thresholds, "retry_budget");
  const common = objectIn(httpOptions(cluster), "common_http_protocol_options");
  return {
    limits: said({
      connections: numberIn(thresholds, "max_connections"),
      pendingRequests: numberIn(thresholds, "max_pending_requests"),
      requests: numberIn(thresholds, "max_requests"),
      retries: numberIn(thresholds, "max_retries"),
      retryBudget:
        budget &&
        said({
          percent: numberIn(objectIn(budget, "budget_percent"), "value"),
          min: numberIn(budget, "min_retry_concurrency"),
        }),
      connectionsPerEndpoint: numberIn(objectsIn(breakers, "per_host_thresholds")[0], "max_connections"),
      requestsPerConnection: numberIn(common, "max_requests_per_connection"),
    }),
  };
}
