import type { LbEndpointJson } from "@chancery/envoy-api/gen/envoy/config/endpoint/v3/endpoint_components_pb.js";
import type { ClusterLoadAssignmentJson } from "@chancery/envoy-api/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import type { Resource } from "@chancery/xds";
import { formatAddress } from "../../address.ts";
import type { Item } from "../../model/model.ts";
import type { Draft } from "../draft.ts";
import { encodeDraft } from "../encode.ts";
import { memo } from "../memo.ts";
import { ownClusterOf } from "./service.ts";

/** The endpoints of a service as they are served while some are unhealthy; undefined if it has none of its own. */
export function toEndpointsResource(
  drafts: ReadonlyMap<string, Draft>,
  { service, unhealthy }: { readonly service: Item<"services">; readonly unhealthy: ReadonlySet<string> | undefined },
): Resource | undefined {
  const draft = drafts.get(`endpoints/${ownClusterOf(service)}`);
  if (draft === undefined) return undefined;
  const encoded = encodeDraft(unhealthy === undefined ? draft : markUnhealthy(draft, unhealthy));
  return encoded.ok ? encoded.resource : undefined;
}

/**
 * The endpoints of a service with those marked as unhealthy that checks found to be so, by their addresses. The same
 * draft and the same set give the same draft again.
 */
export const markUnhealthy: (draft: Draft, unhealthy: ReadonlySet<string>) => Draft = memo((draft, unhealthy) => {
  const json: ClusterLoadAssignmentJson = draft.json;
  const endpoints = (json.endpoints ?? []).map((locality) => ({
    ...locality,
    lbEndpoints: (locality.lbEndpoints ?? []).map((endpoint) => markOne(endpoint, unhealthy)),
  }));
  return { ...draft, json: { ...json, endpoints } };
});

/** What the configuration says of an endpoint is so whatever checks find, but for its health. */
function markOne(endpoint: LbEndpointJson, unhealthy: ReadonlySet<string>): LbEndpointJson {
  const { healthStatus = "HEALTHY" } = endpoint;
  if (healthStatus !== "HEALTHY" || !unhealthy.has(addressOf(endpoint))) return endpoint;
  return { ...endpoint, healthStatus: "UNHEALTHY" };
}

/** As `toAddressText` of the model writes it. */
function addressOf({ endpoint }: LbEndpointJson): string {
  const { socketAddress, pipe } = endpoint?.address ?? {};
  if (pipe?.path !== undefined) return pipe.path;
  return formatAddress({ host: socketAddress?.address ?? "", port: socketAddress?.portValue ?? 0 });
}
