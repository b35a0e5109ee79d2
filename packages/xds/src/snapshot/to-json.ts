import { decodeToJson, envoyApi, type JsonValue } from "@chancery/envoy-api";
import { bodyOf, hasBody, type Resource } from "../resource/resource.ts";
import { keyOf, opaqueType, typeOf } from "../resource/type.ts";
import type { Snapshot } from "./snapshot.ts";

export interface ToJsonOptions {
  /** Shows `[redacted]` for what Envoy's API marks as sensitive. Default: true. */
  readonly redact?: boolean;
}

/** A snapshot as `parseSnapshot` reads it. Of a type that Envoy's API does not have only names and versions are shown. */
export interface SnapshotDocument {
  readonly version?: string;
  readonly resources: Readonly<Record<string, readonly JsonValue[]>>;
}

/** Writes a snapshot as proto3 JSON, its resources in the order of their names. */
export function snapshotToJson(snapshot: Snapshot, options: ToJsonOptions = {}): SnapshotDocument {
  const lists = resourcesToJson(snapshot, options);
  const resources = Object.fromEntries([...lists].map(([key, list]) => [key, [...list]]));
  return { ...(snapshot.version !== undefined && { version: snapshot.version }), resources };
}

/** The lists of its resources by their keys, such as `clusters`; of a large snapshot, for whoever takes one after the other. */
export function* resourcesToJson(
  snapshot: Snapshot,
  { redact = true }: ToJsonOptions = {},
): Generator<readonly [key: string, list: Iterable<JsonValue>], void> {
  for (const { typeUrl, resources } of snapshot.sets) {
    yield [keyOf(typeUrl), Iterator.from(resources).map((resource) => resourceToJson(resource, redact))];
  }
}

function resourceToJson(resource: Resource, redact: boolean): JsonValue {
  const { typeUrl, name, aliases, ttlMs, onDemand } = resource;
  const type = typeOf(typeUrl);
  const { message } = type ?? opaqueType(typeUrl);
  if (envoyApi().message(message) === undefined) return { name, version: resource.version };
  const body = hasBody(resource) ? decodeToJson(message, bodyOf(resource), { redact }) : null;
  const isNamed = type !== undefined && type.key !== "lbEndpoints" && body !== null;
  if (isNamed && aliases.length === 0 && ttlMs === undefined && !onDemand) return body;
  return {
    name,
    ...(aliases.length > 0 && { aliases: [...aliases] }),
    ...(ttlMs !== undefined && { ttl: `${ttlMs / 1000}s` }),
    ...(onDemand && { onDemand }),
    resource: body,
  };
}
