import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { HealthCheckJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/health_check_pb.js";
import type { ActiveHealth, Service } from "../../model/service.ts";
import { present, toDuration } from "../json.ts";
import type { ClusterContext } from "./cluster.ts";

/** Envoy's own active checks. */
export function healthChecks(service: Service, { serviceName }: ClusterContext): Partial<ClusterJson> {
  const active = service.health?.active;
  if (active?.by !== "envoy") return {};
  // The checks of many Envoys do not come at the same moment.
  return { healthChecks: [{ ...toHealthCheck(active, service, serviceName), intervalJitterPercent: 10 }] };
}

/** The same check, made by some Envoys for all: what is found is known within so many intervals, not a tenth later. */
export function toSharedHealthCheck(active: ActiveHealth, service: Service, name: string): HealthCheckJson {
  const { httpHealthCheck, ...check } = toHealthCheck(active, service, name);
  return {
    ...check,
    initialJitter: toDuration(Math.min(active.interval, 1000)),
    // Envoy asks a cluster without traffic once a minute, and such a cluster has none.
    noTrafficInterval: toDuration(active.interval),
    // One bad answer would be enough otherwise, whatever the threshold is.
    ...(httpHealthCheck && {
      httpHealthCheck: { ...httpHealthCheck, retriableStatuses: [{ start: "100", end: "600" }] },
    }),
  };
}

function toHealthCheck(active: ActiveHealth, service: Service, name: string): HealthCheckJson {
  const { interval, timeout, healthyThreshold, unhealthyThreshold } = active;
  return {
    interval: toDuration(interval),
    // Envoy would ask once a minute while there is no traffic.
    noTrafficInterval: toDuration(interval),
    timeout: toDuration(timeout),
    healthyThreshold,
    unhealthyThreshold,
    ...toCheck(active, service, name),
  };
}

function toCheck({ http, grpc, host = "", statuses }: ActiveHealth, service: Service, name: string): HealthCheckJson {
  if (grpc !== undefined) {
    return { grpcHealthCheck: present({ serviceName: grpc || undefined, authority: host || undefined }) };
  }
  if (http === undefined) return { tcpHealthCheck: {} };
  const isHttp2 = service.protocol === "http2" || service.protocol === "grpc";
  return {
    httpHealthCheck: present({
      host: host || name,
      path: http,
      codecClientType: isHttp2 ? ("HTTP2" as const) : service.protocol === "http3" ? ("HTTP3" as const) : undefined,
      expectedStatuses: statuses?.map(({ from, to }) => ({ start: `${from}`, end: `${to + 1}` })),
    }),
  };
}
