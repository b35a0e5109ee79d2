import type { LocalityLbEndpointsJson } from "@chancery/envoy-api/gen/envoy/config/endpoint/v3/endpoint_components_pb.js";
import type { ClusterLoadAssignmentJson } from "@chancery/envoy-api/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import type { Item } from "../../model/model.ts";
import type { Draft } from "../draft.ts";
import { healthChecks } from "./health-checks.ts";
import { ownClusterOf } from "./service.ts";

/** A resource for an Envoy that nobody tells what is unhealthy: it checks for itself, whoever does otherwise. */
export function checkAlone(draft: Draft): Draft {
  const item = draft.from.find(isService);
  const active = item?.value.health?.active;
  if (item === undefined || active === undefined || active.by === "envoy") return draft;
  if (draft.name !== ownClusterOf(item)) return draft;
  const { name: serviceName, value } = item;
  const service = { ...value, health: { ...value.health, active: { ...active, by: "envoy" as const } } };
  if (draft.type === "clusters") {
    return { ...draft, json: { ...draft.json, ...healthChecks(service, { name: draft.name, serviceName }) } };
  }
  if (draft.type !== "endpoints" || active.port === undefined) return draft;
  const json: ClusterLoadAssignmentJson = draft.json;
  const { port } = active;
  return { ...draft, json: { ...json, endpoints: json.endpoints?.map((locality) => withPort(locality, port)) ?? [] } };
}

function withPort(locality: LocalityLbEndpointsJson, portValue: number): LocalityLbEndpointsJson {
  const lbEndpoints = locality.lbEndpoints?.map((endpoint) => ({
    ...endpoint,
    endpoint: { ...endpoint.endpoint, healthCheckConfig: { portValue } },
  }));
  return { ...locality, lbEndpoints: lbEndpoints ?? [] };
}

function isService(item: Item): item is Item<"services"> {
  return item.kind === "services";
}
