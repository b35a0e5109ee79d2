import { decodeToJson, encodeJson, type JsonValue } from "@chancery/envoy-api";
import { WireError } from "@chancery/envoy-api/wire";
import type { Client, TypeStatus } from "../discovery/client.ts";
import type { Node } from "../discovery/node.ts";
import { bodyOf, type Resource } from "../resource/resource.ts";
import type { ResourceStanding } from "../stream/standing.ts";

type Json = { readonly [key: string]: JsonValue };

/** What a resource contains, as the JSON of an `Any`; nothing where it is not to be shown. */
export type ContentOf = (resource: Resource) => Json | undefined;

/**
 * What the server knows of a client, as the JSON of an `envoy.service.status.v3.ClientConfig`.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/status/v3/csds.proto
 */
export function toClientConfig(client: Client, contentOf: ContentOf): Json {
  const configs = [...client.types].flatMap((status) =>
    [...status.resources].map((standing) => toGenericConfig(client, status, { standing, contentOf })),
  );
  return { node: toNodeJson(client.node), genericXdsConfigs: configs };
}

/** Reads a resource without its secrets. What cannot be shown so that it is still its message is not shown at all. */
export function readContent(resource: Resource): Json | undefined {
  const { typeUrl } = resource;
  try {
    const message = decodeToJson(typeUrl.slice(typeUrl.lastIndexOf("/") + 1), bodyOf(resource), {
      redact: true,
      names: "json",
    });
    // A message that JSON writes its own way, such as a Struct, is no object of fields; no resource is one.
    const any = { "@type": typeUrl, ...(message as Json) };
    return encodeJson("google.protobuf.Any", any, { validate: false }).ok ? any : undefined;
  } catch (error) {
    // There is no such type, or the bytes are none of it.
    if (error instanceof RangeError || error instanceof WireError) return undefined;
    throw error;
  }
}

const statuses = { waiting: "NOT_SENT", sent: "STALE", accepted: "SYNCED", refused: "ERROR" } as const satisfies Record<
  ResourceStanding["state"],
  string
>;

interface One {
  readonly standing: ResourceStanding;
  readonly contentOf: ContentOf;
}

function toGenericConfig({ variant }: Client, status: TypeStatus, { standing, contentOf }: One): Json {
  const { resource, state, good } = standing;
  // A client that refused a resource goes on with the one before.
  const shown = state === "refused" ? good : resource;
  const content = shown && contentOf(shown);
  const version = variant === "delta" ? shown?.version : sotwVersion(status, state);
  const at = state === "sent" ? status.sent?.at : state === "accepted" ? status.acked?.at : undefined;
  return {
    typeUrl: resource.typeUrl,
    name: resource.name,
    configStatus: statuses[state],
    ...(version !== undefined && { versionInfo: version }),
    ...(content && { xdsConfig: content }),
    ...(at && { lastUpdated: at.toISOString() }),
    ...(state === "refused" && { errorState: toErrorState(status, { resource, variant, contentOf }) }),
  };
}

/** The version of the response that the client has the resource from. */
function sotwVersion({ sent, acked }: TypeStatus, state: ResourceStanding["state"]): string | undefined {
  if (state === "waiting") return undefined;
  return state === "sent" ? sent?.version : acked?.version;
}

interface Refused {
  readonly resource: Resource;
  readonly variant: Client["variant"];
  readonly contentOf: ContentOf;
}

function toErrorState({ nacked }: TypeStatus, { resource, variant, contentOf }: Refused): Json {
  const content = contentOf(resource);
  const version = variant === "delta" ? resource.version : nacked?.version;
  return {
    ...(content && { failedConfiguration: content }),
    ...(version !== undefined && { versionInfo: version }),
    ...(nacked && { lastUpdateAttempt: nacked.at.toISOString(), details: nacked.message }),
  };
}

function toNodeJson({ id, cluster, locality, userAgentName, clientFeatures, metadata }: Node): Json {
  return {
    id,
    cluster,
    locality: { ...locality },
    userAgentName,
    clientFeatures: [...clientFeatures],
    metadata: decodeToJson("google.protobuf.Struct", metadata),
  };
}
