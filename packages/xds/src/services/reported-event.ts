import type { JsonValue } from "@chancery/envoy-api";
import { WireError } from "@chancery/envoy-api/wire";
import { type Node, readLocality } from "../discovery/node.ts";
import { toAddressText } from "./address-text.ts";
import { MessageView } from "./message-view.ts";
import { nameOf, shownAsJson } from "./shown.ts";

/**
 * Something that an Envoy noticed. Texts are "" and numbers 0 where it says nothing; `toJson` is all of it as proto3 JSON,
 * undefined if it is malformed.
 * @experimental
 */
export type ReportedEvent = HealthCheckEvent | OutlierDetectionEvent;

interface EventBase {
  readonly cluster: string;
  /** The endpoint, such as `10.0.0.1:80`. */
  readonly address: string;
  /** When it happened, in milliseconds since 1970. */
  readonly atMs: number | undefined;
  toJson(): JsonValue | undefined;
}

/**
 * What an active check of an endpoint came to.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/data/core/v3/health_check_event.proto
 * @experimental
 */
export interface HealthCheckEvent extends EventBase {
  readonly kind: "health-check";
  /** Such as `HTTP`. */
  readonly checker: string;
  /**
   * The endpoint is unhealthy now, or healthy again; a check failed or, where all are told, passed; the endpoint says that
   * it is degraded, or is no longer. "" for what this release does not know.
   */
  readonly what: "unhealthy" | "healthy" | "failed" | "passed" | "degraded" | "no-longer-degraded" | "";
  /** Why it is unhealthy, or the check failed: `ACTIVE`, `PASSIVE`, `NETWORK` or `NETWORK_TIMEOUT`; else "". */
  readonly failure: string;
  /** What the endpoint answered instead; 0 if it did not. */
  readonly httpStatus: number;
  /** Whether that was the first check of this endpoint, where it is healthy or a check failed. */
  readonly firstCheck: boolean;
  readonly locality: Node["locality"];
}

/**
 * What passive checks of an endpoint, by its answers to requests, came to.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/data/cluster/v3/outlier_detection_event.proto
 * @experimental
 */
export interface OutlierDetectionEvent extends EventBase {
  readonly kind: "outlier";
  readonly what: "ejected" | "back" | "";
  /** Such as `CONSECUTIVE_5XX`. */
  readonly reason: string;
  /** Whether it was done, or only noticed. */
  readonly enforced: boolean;
  /** How often the endpoint was ejected. */
  readonly ejections: number;
  /** Since the last time, in seconds; undefined the first time. */
  readonly sinceLastSeconds: number | undefined;
}

/** Reads a `google.protobuf.Any`; undefined for a type of events that this release does not know. Copies what it keeps. */
export function readReportedEvent(bytes: Uint8Array): ReportedEvent | undefined {
  const any = new MessageView(bytes);
  const typeUrl = any.text(1);
  const type = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const read = readers.get(type);
  if (read === undefined) return undefined;
  const value = new Uint8Array(any.data(2));
  return { ...read(new MessageView(value)), toJson: () => shownAsJson(type, value) };
}

type Content<T extends ReportedEvent> = Omit<T, "toJson">;

type Reader = (event: MessageView) => Content<HealthCheckEvent> | Content<OutlierDetectionEvent>;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["envoy.data.core.v3.HealthCheckEvent", readHealthCheck],
  ["envoy.data.cluster.v3.OutlierDetectionEvent", readOutlier],
]);

/** By the field that says it. */
const findings = {
  4: "unhealthy",
  5: "healthy",
  7: "failed",
  8: "degraded",
  9: "no-longer-degraded",
  12: "passed",
} as const;

function readHealthCheck(event: MessageView): Content<HealthCheckEvent> {
  const unhealthy = event.message(4);
  const failed = event.message(7);
  const failure = unhealthy ?? failed;
  const found = Object.entries(findings).find(([field]) => event.message(Number(field)) !== undefined);
  return {
    kind: "health-check",
    checker: nameOf("envoy.data.core.v3.HealthCheckerType", event.count(1)),
    address: toAddressText(event.message(2)),
    cluster: event.text(3),
    atMs: event.milliseconds(6),
    what: found?.[1] ?? "",
    failure: failure ? nameOf("envoy.data.core.v3.HealthCheckFailureType", failure.count(1)) : "",
    httpStatus: unhealthy?.count(2) ?? failed?.count(3) ?? 0,
    firstCheck: event.message(5)?.flag(1) ?? failed?.flag(2) ?? false,
    locality: toLocality(event.data(11)),
  };
}

const actions = ["ejected", "back"] as const;

function readOutlier(event: MessageView): Content<OutlierDetectionEvent> {
  return {
    kind: "outlier",
    reason: nameOf("envoy.data.cluster.v3.OutlierEjectionType", event.count(1)),
    atMs: event.milliseconds(2),
    sinceLastSeconds: event.message(3)?.count(1),
    cluster: event.text(4),
    address: event.text(5),
    what: actions[event.count(6)] ?? "",
    ejections: event.count(7),
    enforced: event.flag(8),
  };
}

/** What is malformed counts as not said, as everywhere in events. */
function toLocality(bytes: Uint8Array): Node["locality"] {
  try {
    return readLocality(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { region: "", zone: "", subZone: "" };
  }
}
