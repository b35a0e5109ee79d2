import type {
  ClusterHealthCheckJson,
  HealthCheckSpecifierJson,
} from "@chancery/envoy-api/gen/envoy/service/health/v3/hds_pb.js";
import type { EndpointAddress } from "../../model/endpoint.ts";
import type { ActiveHealth, Service } from "../../model/service.ts";
import { present, toAddress, toDuration } from "../json.ts";
import { toSharedHealthCheck } from "./health-checks.ts";
import { transportSocket } from "./transport-socket.ts";

/** Endpoints of one service that an Envoy is to check for all. */
export interface SharedChecks {
  readonly name: string;
  readonly service: Service;
  readonly check: ActiveHealth;
  readonly endpoints: readonly { readonly at: EndpointAddress; readonly region: string; readonly zone: string }[];
}

/** What an Envoy is told to check, and how often to report. */
export function toSpecifier(checks: readonly SharedChecks[], reportIntervalMs: number): HealthCheckSpecifierJson {
  return { interval: toDuration(reportIntervalMs), clusterHealthChecks: checks.map(toClusterHealthCheck) };
}

function toClusterHealthCheck({ name, service, check, endpoints }: SharedChecks): ClusterHealthCheckJson {
  const groups = Map.groupBy(endpoints, ({ region, zone }) => JSON.stringify([region, zone]));
  const { transportSocket: socket } = transportSocket(service);
  return {
    clusterName: name,
    healthChecks: [toSharedHealthCheck(check, service, name)],
    // A match that asks for nothing is for all endpoints.
    ...(socket && { transportSocketMatches: [{ name: "tls", match: {}, transportSocket: socket }] }),
    localityEndpoints: [...groups.values()].map((group) => {
      const { region = "", zone = "" } = group[0] ?? {};
      return {
        locality: present({ region: region || undefined, zone: zone || undefined }),
        endpoints: group.map(({ at }) => ({ address: toAddress(at) })),
      };
    }),
  };
}
