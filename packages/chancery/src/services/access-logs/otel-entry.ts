import type { JsonValue } from "@chancery/envoy-api";
import { type Attributes, explainFlag, type OtlpLogRecord, redactHeaders } from "@chancery/xds/services";
import type { Entry, LogSource, OtelEntry } from "./record.ts";

/**
 * Reads a log record of OpenTelemetry as an entry. What the attributes of Envoy's logger are called is up to whoever
 * configures it: these names are understood, those of the semantic conventions first, with or without `envoy.` in front.
 */
export const attributeNames = {
  type: ["access_log_type"],
  method: ["http.request.method", "http.method", "method"],
  scheme: ["url.scheme", "http.scheme", "scheme"],
  authority: ["server.address", "http.host", "authority"],
  path: ["url.path", "http.target", "path"],
  originalPath: ["original_path"],
  protocol: ["http.protocol", "protocol"],
  userAgent: ["user_agent.original", "user_agent"],
  referer: ["http.request.header.referer", "referer"],
  forwardedFor: ["http.request.header.x-forwarded-for", "x_forwarded_for"],
  requestId: ["http.request.header.x-request-id", "x_request_id", "request_id"],
  status: ["http.response.status_code", "http.status_code", "response_code", "status"],
  statusDetails: ["response_code_details"],
  flags: ["response_flags"],
  durationMs: ["duration"],
  routeName: ["route_name", "route"],
  upstreamCluster: ["upstream_cluster"],
  upstreamHost: ["upstream_host", "upstream_address"],
  upstreamAttempts: ["upstream_request_attempt_count"],
  upstreamFailure: ["upstream_transport_failure_reason"],
  downstreamAddress: ["client.address", "downstream_remote_address"],
  bytesReceived: ["http.request.body.size", "bytes_received"],
  bytesSent: ["http.response.body.size", "bytes_sent"],
} as const satisfies Partial<Record<keyof Entry, readonly string[]>>;

export function toOtelEntry(record: OtlpLogRecord): OtelEntry {
  const attributes = redactHeaders(record.attributes);
  const find = (member: keyof typeof attributeNames): JsonValue => findAttribute(attributes, attributeNames[member]);
  const text = (member: keyof typeof attributeNames): string => toText(find(member));
  const number = (member: keyof typeof attributeNames): number => Number(text(member)) || 0;
  return {
    kind: "otel",
    size: record.size,
    type: text("type"),
    isFinal: ["", "TcpConnectionEnd", "DownstreamEnd", "UdpSessionEnd"].includes(text("type")),
    startTimeMs: record.timeMs || undefined,
    durationMs: text("durationMs") === "" ? undefined : number("durationMs"),
    firstUpstreamByteMs: undefined,
    ...{ method: text("method"), scheme: text("scheme"), authority: text("authority"), path: text("path") },
    ...{ originalPath: text("originalPath"), protocol: text("protocol"), userAgent: text("userAgent") },
    ...{ referer: text("referer"), forwardedFor: text("forwardedFor"), requestId: text("requestId") },
    traceId: record.traceId,
    ...{ status: number("status"), statusDetails: text("statusDetails"), routeName: text("routeName") },
    flags: text("flags").split(",").filter(Boolean).map(explainFlag),
    ...{ upstreamCluster: text("upstreamCluster"), upstreamHost: text("upstreamHost") },
    ...{ upstreamAttempts: number("upstreamAttempts"), upstreamFailure: text("upstreamFailure") },
    ...{ downstreamAddress: text("downstreamAddress"), downstreamDirectAddress: "", downstreamLocalAddress: "" },
    ...{ downstreamFailure: "", terminationDetails: "", streamId: "", tls: undefined, customTags: {} },
    ...{ bytesReceived: number("bytesReceived"), bytesSent: number("bytesSent") },
    ...{ requestHeaders: {}, responseHeaders: {}, responseTrailers: {} },
    attributes,
    body: redactHeaders(record.body),
    encoded: record.bytes,
  };
}

/** Who sent it: Envoy's logger says so by itself, others in the words of the semantic conventions. */
export function toOtelSource(resource: Attributes): LogSource {
  const text = (...names: readonly string[]): string => toText(findAttribute(resource, names));
  return {
    node: text("node_name", "service.instance.id"),
    cluster: text("cluster_name", "service.name"),
    log: text("log_name"),
  };
}

function findAttribute(attributes: Attributes, names: readonly string[]): JsonValue {
  for (const name of names) {
    const value = attributes[name] ?? attributes[`envoy.${name}`];
    if (value !== undefined) return value;
  }
  return null;
}

/** A dash is what Envoy's format strings say of what is not there. */
function toText(value: JsonValue): string {
  if (typeof value === "string") return value === "-" ? "" : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
