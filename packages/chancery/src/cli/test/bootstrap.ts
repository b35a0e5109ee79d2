import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { ListenerJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_pb.js";
import { type Bootstrap, controlPlaneCluster, grpcCluster } from "../../bootstrap/bootstrap.ts";
import { policyFilterNames } from "../../translate/policy/sections.ts";
import { toStaticResources } from "../../translate/static.ts";
import { frameOf, toStaticBootstrap } from "../../translate/static-bootstrap.ts";
import type { FleetTranslation } from "../../translate/translator.ts";

/** The answer's header with the name of the route that took the request. */
export const routeHeader = "x-chancery-test-route";

/**
 * What the Envoys of a fleet get, such that it can run anywhere: listeners on free ports of loopback, and in the place of
 * each service an upstream on a socket file.
 */
export function toTestBootstrap(fleet: FleetTranslation, socketOf: (cluster: string) => string): Bootstrap {
  const { kept, problems } = toStaticBootstrap(fleet);
  const asksControlPlane = problems.some(({ problem }) => problem.severity === "error");
  const { listeners, clusters, secrets } = toStaticResources(kept);
  return {
    ...frameOf({ nodeId: "test", cluster: fleet.fleet.name, admin: { host: "127.0.0.1", port: 0 } }),
    staticResources: {
      listeners: listeners.flatMap((listener) => toTestListener(listener)),
      clusters: [
        ...clusters.map((cluster) => toTestCluster(cluster, socketOf)),
        // Who asks it gets no answer.
        ...(asksControlPlane ? [grpcCluster(controlPlaneCluster, { host: "127.0.0.1", port: 1 })] : []),
      ],
      secrets,
    },
  };
}

/** Whether a listener takes connections: nothing else is sent here. */
export function takesConnections({ address, udpListenerConfig }: ListenerJson): boolean {
  return udpListenerConfig === undefined && address?.socketAddress?.protocol !== "UDP";
}

function toTestListener(listener: ListenerJson): ListenerJson[] {
  if (!takesConnections(listener)) return [];
  const { additionalAddresses: _, listenerFilters = [], ...rest } = listener;
  return [
    {
      // What it says of routes is what tests are about.
      ...(nameRoutes(withoutDeciding(rest)) as ListenerJson),
      address: { socketAddress: { address: "127.0.0.1", portValue: 0 } },
      // Requests come without a proxy in front.
      listenerFilters: listenerFilters.filter(({ name }) => name !== "envoy.filters.listener.proxy_protocol"),
    },
  ];
}

/** A copy without the HTTP filters that ask the control plane who may do what: there is none to say so. */
function withoutDeciding(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDeciding);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const isFilters = key === "httpFilters" && Array.isArray(part);
      return [key, isFilters ? part.filter((filter) => !policyFilterNames.has(filter.name)) : withoutDeciding(part)];
    }),
  );
}

/** A copy whose answers name the route that took the request. */
function nameRoutes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nameRoutes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (key !== "routeConfig" || typeof part !== "object" || part === null) return [key, nameRoutes(part)];
      const { responseHeadersToAdd = [] } = part as { readonly responseHeadersToAdd?: readonly object[] };
      const header = {
        header: { key: routeHeader, value: "%ROUTE_NAME%" },
        appendAction: "OVERWRITE_IF_EXISTS_OR_ADD",
      };
      return [key, { ...part, responseHeadersToAdd: [...responseHeadersToAdd, header] }];
    }),
  );
}

/** A cluster with one endpoint, or without any if it has none: how it finds and speaks to them makes no difference here. */
function toTestCluster(cluster: ClusterJson, socketOf: (cluster: string) => string): ClusterJson {
  const { name = "", type, loadAssignment } = cluster;
  const endpoints = loadAssignment?.endpoints?.flatMap(({ lbEndpoints = [] }) => lbEndpoints) ?? [];
  const isEmpty = type === "STATIC" && endpoints.length === 0;
  const [first] = endpoints;
  const hostname =
    first?.endpoint?.hostname ?? (type === "STATIC" ? undefined : first?.endpoint?.address?.socketAddress?.address);
  const endpoint = { address: { pipe: { path: socketOf(name) } }, ...(hostname !== undefined && { hostname }) };
  return {
    name,
    type: "STATIC",
    connectTimeout: "1s",
    loadAssignment: { clusterName: name, endpoints: isEmpty ? [] : [{ lbEndpoints: [{ endpoint }] }] },
  };
}
