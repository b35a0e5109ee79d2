import type { VirtualHostJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { RouteConfigurationJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_pb.js";
import { type Door, offersHttp3 } from "./ports.ts";

/** The routes of a listener, which Envoy asks for by its name. */
export function toRouteConfiguration(door: Door, virtualHosts: readonly VirtualHostJson[]): RouteConfigurationJson {
  const { name, first } = door;
  return {
    name,
    virtualHosts: [...virtualHosts],
    ...(offersHttp3(first.value) && { responseHeadersToAdd: [toAltSvc(first.value.port)] }),
    ignorePortInHostMatching: true,
    // A service that is missing costs its own rules, not all.
    validateClusters: false,
  };
}

function toAltSvc(port: number) {
  return {
    header: { key: "alt-svc", value: `h3=":${port}"; ma=86400` },
    appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" as const,
  };
}
