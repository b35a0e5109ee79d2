import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { Service } from "../../model/service.ts";
import { present, toDuration } from "../json.ts";

/** Takes out endpoints that answer badly. */
export function outlierDetection({ health }: Service): Partial<ClusterJson> {
  const outlier = health?.outlier;
  if (outlier === undefined) return {};
  const { consecutive5xx, consecutiveGatewayErrors, interval, ejection, maxEjected, successRate } = outlier;
  return {
    outlierDetection: present({
      consecutive5xx,
      consecutiveGatewayFailure: consecutiveGatewayErrors,
      enforcingConsecutiveGatewayFailure: consecutiveGatewayErrors === undefined ? undefined : 100,
      interval: interval === undefined ? undefined : toDuration(interval),
      baseEjectionTime: ejection === undefined ? undefined : toDuration(ejection),
      maxEjectionPercent: maxEjected === undefined ? undefined : Math.round(maxEjected),
      // Envoy does this by default; here it is said, or it is not done.
      enforcingSuccessRate: successRate === undefined ? 0 : 100,
      successRateMinimumHosts: successRate?.minHosts,
      successRateRequestVolume: successRate?.requests,
      successRateStdevFactor:
        successRate?.deviations === undefined ? undefined : Math.round(successRate.deviations * 1000),
    }),
  };
}
