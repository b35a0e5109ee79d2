import type { HealthStatusJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/health_check_pb.js";
import type {
  LbEndpointJson,
  LocalityLbEndpointsJson,
} from "@chancery/envoy-api/gen/envoy/config/endpoint/v3/endpoint_components_pb.js";
import type { ClusterLoadAssignmentJson } from "@chancery/envoy-api/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import type { Endpoint } from "../../model/endpoint.ts";
import type { Service } from "../../model/service.ts";
import { ownValue } from "../../own-value.ts";
import { present, toAddress } from "../json.ts";

/** The endpoints of a service: one group for each locality and priority, in the order in which they are written. */
export function toLoadAssignment(name: string, service: Service): ClusterLoadAssignmentJson {
  const endpoints = endpointsOf(service);
  const groups = Map.groupBy(endpoints, ({ region = "", zone = "", priority }) => `${priority}/${region}/${zone}`);
  return { clusterName: name, endpoints: [...groups.values()].map((group) => toLocality(group, service)) };
}

export function endpointsOf({ endpoints = [] }: Service): readonly Endpoint[] {
  return endpoints === "dynamic" ? [] : endpoints;
}

function toLocality(group: readonly Endpoint[], service: Service): LocalityLbEndpointsJson {
  const [{ region, zone, priority } = { region: undefined, zone: undefined, priority: 0 }] = group;
  return present({
    locality: region === undefined && zone === undefined ? undefined : present({ region, zone }),
    priority: priority === 0 ? undefined : priority,
    loadBalancingWeight: weightOf(region, zone, service),
    lbEndpoints: group.map((endpoint) => toLbEndpoint(endpoint, service)),
  });
}

/** The weight of a zone, where the service has such; one that it does not name has 1. */
function weightOf(region: string | undefined, zone: string | undefined, service: Service): number | undefined {
  const locality = service.loadBalancing?.locality;
  if (locality?.mode !== "weighted") return undefined;
  const weights = "weights" in locality ? locality.weights : {};
  const [first] = [`${region}/${zone}`, zone ?? "", region ?? ""].flatMap((place) => ownValue(weights, place) ?? []);
  return first ?? 1;
}

function toLbEndpoint(endpoint: Endpoint, service: Service): LbEndpointJson {
  const { weight, labels, health } = endpoint;
  // A name is what TLS and health checks ask for.
  const hostname = endpoint.hostname ?? (endpoint.kind === "dns" ? endpoint.host : undefined);
  return present({
    endpoint: present({ address: toAddress(endpoint), hostname, healthCheckConfig: healthCheckConfig(service) }),
    healthStatus: health && statuses[health],
    loadBalancingWeight: weight,
    metadata: labels && { filterMetadata: { "envoy.lb": labels } },
  });
}

/** The port that an Envoy's own checks ask, if that is another. */
function healthCheckConfig({ health }: Service): { readonly portValue: number } | undefined {
  const { by, port } = health?.active ?? {};
  return by !== "envoy" || port === undefined ? undefined : { portValue: port };
}

const statuses: Readonly<Record<NonNullable<Endpoint["health"]>, HealthStatusJson>> = {
  healthy: "HEALTHY",
  unhealthy: "UNHEALTHY",
  draining: "DRAINING",
};
