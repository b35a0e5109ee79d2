import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { Service } from "../../model/service.ts";
import { present } from "../json.ts";

/** What may be open or wait at a time. */
export function circuitBreakers({ limits }: Service): Partial<ClusterJson> {
  if (limits === undefined) return {};
  const { connections, pendingRequests, requests, retries, retryBudget, connectionsPerEndpoint } = limits;
  const thresholds = present({
    maxConnections: connections,
    maxPendingRequests: pendingRequests,
    maxRequests: requests,
    maxRetries: retries,
    retryBudget: retryBudget && { budgetPercent: { value: retryBudget.percent }, minRetryConcurrency: retryBudget.min },
  });
  const perHost = connectionsPerEndpoint === undefined ? undefined : [{ maxConnections: connectionsPerEndpoint }];
  if (Object.keys(thresholds).length === 0 && perHost === undefined) return {};
  return {
    circuitBreakers: present({
      thresholds: [{ ...thresholds, trackRemaining: true }],
      perHostThresholds: perHost,
    }),
  };
}
