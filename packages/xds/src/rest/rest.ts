import { decodeToJson, encodeJson, type JsonProblem, type JsonValue } from "@chancery/envoy-api";
import type { Client, Peer } from "../discovery/client.ts";
import type { Discovery } from "../discovery/discovery.ts";
import { fetchResources } from "../discovery/fetch.ts";
import { resourceTypes } from "../resource/type.ts";
import { ProtocolError } from "../stream/conversation.ts";

export interface RestRequest {
  /** Such as `/v3/discovery:clusters`; one of `restPaths`. */
  readonly path: string;
  /** A `DiscoveryRequest` as parsed JSON. */
  readonly body: unknown;
  readonly peer: Peer;
  readonly metadata: Client["metadata"];
  /** How long to wait for something new. Default: 0, not at all. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type RestResponse =
  | { readonly status: 200; readonly body: JsonValue }
  /** Nothing changed, or there is nothing yet. */
  | { readonly status: 304 }
  | { readonly status: 400; readonly problems: readonly JsonProblem[] }
  | { readonly status: 404 };

/** Where REST-JSON is served: the paths of the types, as the descriptors say. */
export const restPaths: readonly string[] = resourceTypes.flatMap(({ restPath }) => restPath ?? []);

/**
 * Answers a REST-JSON request. Errors that hooks throw are thrown.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#rest-json-polling-subscriptions
 */
export async function serveRest(discovery: Discovery, request: RestRequest): Promise<RestResponse> {
  const { path, body, ...rest } = request;
  const type = resourceTypes.find(({ restPath }) => restPath === path);
  if (type === undefined) return { status: 404 };
  const encoded = encodeJson("envoy.service.discovery.v3.DiscoveryRequest", body);
  if (!encoded.ok) return { status: 400, problems: encoded.problems };
  try {
    const fetched = await fetchResources(discovery, { ...rest, type, bytes: encoded.bytes, method: path });
    if (fetched === undefined || fetched.unchanged) return { status: 304 };
    const response = decodeToJson("envoy.service.discovery.v3.DiscoveryResponse", fetched.bytes, { names: "json" });
    return { status: 200, body: response };
  } catch (error) {
    if (error instanceof ProtocolError) return { status: 400, problems: [{ path: "", message: error.message }] };
    throw error;
  }
}
