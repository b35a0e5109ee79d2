import type { FilterJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js";
import type { HttpConnectionManagerJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { toCidrRange } from "../cidr.ts";
import { aggregated } from "../config-source.ts";
import { toHttpFilters } from "../http-filters.ts";
import { present, toDuration, typed } from "../json.ts";
import { toHttpAccessLog } from "./access-log.ts";
import type { DoorContext } from "./context.ts";
import { toTracing } from "./tracing.ts";

/** Some of how HTTP is read and answered, as one thing that is said makes it. */
type ManagerFeature = (context: DoorContext) => Partial<HttpConnectionManagerJson>;

/** All that is said of HTTP on a listener: each thing is one entry. */
const features: readonly ManagerFeature[] = [
  clientAddress,
  clientCertificate,
  paths,
  headers,
  protocols,
  timeouts,
  ({ fleet, door }) => toHttpAccessLog(fleet.value, door.name),
  toTracing,
];

/**
 * The filter that reads HTTP. What is not said is as Envoy's best practices for the edge have it.
 *
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/best_practices/edge
 */
export function toConnectionManager(context: DoorContext): FilterJson {
  const { name } = context.door;
  const fields: HttpConnectionManagerJson = {
    statPrefix: name,
    rds: { routeConfigName: name, configSource: aggregated },
    httpFilters: toHttpFilters(context),
  };
  const manager = Object.assign(fields, ...features.map((feature) => feature(context)));
  return {
    name: "envoy.filters.network.http_connection_manager",
    typedConfig: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", manager),
  };
}

/** Who the client is: who connects, or whom a proxy that is trusted names. */
function clientAddress({ gateway: { http } }: DoorContext): Partial<HttpConnectionManagerJson> {
  const { trustedHops, trustedAddresses } = http ?? {};
  if (trustedAddresses === undefined) {
    return { useRemoteAddress: true, ...(trustedHops !== undefined && { xffNumTrustedHops: trustedHops }) };
  }
  // Envoy would append its own address; the route configuration appends that of the proxy.
  const fields = { xffTrustedCidrs: { cidrs: trustedAddresses.map(toCidrRange) }, skipXffAppend: true };
  const type = "envoy.extensions.http.original_ip_detection.xff.v3.XffConfig";
  return {
    // Envoy takes one or the other.
    useRemoteAddress: false,
    originalIpDetectionExtensions: [{ name: "envoy.http.original_ip_detection.xff", typedConfig: typed(type, fields) }],
  };
}

/** Tells services who a client is that has shown a certificate. */
function clientCertificate({ door }: DoorContext): Partial<HttpConnectionManagerJson> {
  if (door.first.value.tls?.clientCertificates === undefined) return {};
  return {
    forwardClientCertDetails: "SANITIZE_SET",
    setCurrentClientCertDetails: { subject: true, uri: true, dns: true },
  };
}

function paths({ gateway: { http } }: DoorContext): Partial<HttpConnectionManagerJson> {
  const { normalizePath = true, mergeSlashes = true } = http ?? {};
  return {
    normalizePath,
    mergeSlashes,
    pathWithEscapedSlashesAction: normalizePath ? "REJECT_REQUEST" : "KEEP_UNCHANGED",
  };
}

function headers({ gateway: { http, limits } }: DoorContext): Partial<HttpConnectionManagerJson> {
  const { serverName, requestId = true } = http ?? {};
  const headersBytes = limits?.headersBytes;
  return {
    ...(serverName === undefined ? { serverHeaderTransformation: "PASS_THROUGH" } : { serverName }),
    ...(!requestId && { generateRequestId: false }),
    ...(headersBytes !== undefined && {
      maxRequestHeadersKb: Math.min(8192, Math.max(1, Math.ceil(headersBytes / 1024))),
    }),
  };
}

const [streamWindow, connectionWindow] = [65_536, 1_048_576];

function protocols({ port, gateway: { http, limits, timeouts } }: DoorContext): Partial<HttpConnectionManagerJson> {
  const { http10 = false, allowUnderscores = true } = http ?? {};
  const { concurrentStreams = 100, headersCount } = limits ?? {};
  const isQuic = port.transport === "quic";
  const windows = { maxConcurrentStreams: concurrentStreams, initialStreamWindowSize: streamWindow };
  return {
    codecType: isQuic ? "HTTP3" : "AUTO",
    commonHttpProtocolOptions: present({
      headersWithUnderscoresAction: allowUnderscores ? undefined : ("REJECT_REQUEST" as const),
      maxHeadersCount: headersCount,
      idleTimeout: toOptionalDuration(timeouts?.idle),
      maxConnectionDuration: timeouts?.connection ? toDuration(timeouts.connection) : undefined,
    }),
    ...(http10 && { httpProtocolOptions: { acceptHttp10: true } }),
    // That requests may ask for CONNECT here lets rules allow it without touching the listener.
    ...(isQuic
      ? { http3ProtocolOptions: { quicProtocolOptions: windows, allowExtendedConnect: true } }
      : { http2ProtocolOptions: { ...windows, initialConnectionWindowSize: connectionWindow, allowConnect: true } }),
  };
}

function timeouts({ gateway: { timeouts } }: DoorContext): Partial<HttpConnectionManagerJson> {
  const { requestHeaders = 10_000, request, stream, drain } = timeouts ?? {};
  return present({
    requestHeadersTimeout: toDuration(requestHeaders),
    requestTimeout: toOptionalDuration(request),
    streamIdleTimeout: toOptionalDuration(stream),
    drainTimeout: toOptionalDuration(drain),
  });
}

function toOptionalDuration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toDuration(ms);
}
