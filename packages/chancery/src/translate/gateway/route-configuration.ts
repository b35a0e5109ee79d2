import type { HeaderValueOptionJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type { VirtualHostJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { RouteConfigurationJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_pb.js";
import type { Gateway } from "../../model/gateway.ts";
import { type Door, offersHttp3 } from "./ports.ts";

/** The routes of a listener, which Envoy asks for by its name. */
export function toRouteConfiguration(
  { name, first }: Door,
  virtualHosts: VirtualHostJson[],
  gateway: Gateway,
): RouteConfigurationJson {
  return {
    name,
    virtualHosts,
    ...(gateway.http?.trustedAddresses && { requestHeadersToAdd: [forwardedFor] }),
    ...(offersHttp3(first.value) && { responseHeadersToAdd: [toAltSvc(first.value.port)] }),
    ignorePortInHostMatching: true,
    // A service that is missing costs its own rules, not all.
    validateClusters: false,
  };
}

const forwardedFor: HeaderValueOptionJson = {
  header: { key: "x-forwarded-for", value: "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%" },
  appendAction: "APPEND_IF_EXISTS_OR_ADD",
};

function toAltSvc(port: number): HeaderValueOptionJson {
  const header = { key: "alt-svc", value: `h3=":${port}"; ma=86400` };
  return { header, appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" };
}
