import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { type Json, objectIn, shortTypeIn, textIn, typeIn } from "../explain/json.ts";
import { ownValue } from "../own-value.ts";
import { mapObjects } from "./canonical.ts";

/** A value that says nothing: what Envoy does without it. `any` is for what only labels statistics and logs. */
type Silent = Readonly<Record<string, readonly unknown[] | "any">>;

/**
 * What makes no difference, by the field that an object stands in, or the last part of its type. Defaults are those of
 * Envoy's reference, for which nothing but the text of a configuration differs when they are said.
 */
const silent: Readonly<Record<string, Silent>> = {
  clusters: { connect_timeout: ["5s"], per_connection_buffer_limit_bytes: [1_048_576] },
  listeners: { per_connection_buffer_limit_bytes: [1_048_576] },
  filter_chains: { transport_socket_connect_timeout: ["0s"] },
  filters: { name: "any" },
  listener_filters: { name: "any" },
  HttpConnectionManager: {
    stat_prefix: "any",
    use_remote_address: [false],
    normalize_path: [false],
    path_with_escaped_slashes_action: ["KEEP_UNCHANGED"],
    server_name: ["envoy"],
    generate_request_id: [true],
    max_request_headers_kb: [60],
    request_headers_timeout: ["0s"],
    request_timeout: ["0s"],
    stream_idle_timeout: ["300s"],
    drain_timeout: ["5s"],
    common_http_protocol_options: [{}],
    http_protocol_options: [{}],
  },
  common_http_protocol_options: { idle_timeout: ["3600s"], max_headers_count: [100] },
  DownstreamTlsContext: { require_client_certificate: [false] },
  downstream_tls_context: { require_client_certificate: [false] },
  TcpProxy: { stat_prefix: "any", idle_timeout: ["3600s"] },
  UdpProxyConfig: { stat_prefix: "any", idle_timeout: ["60s"] },
  ConnectionLimit: { stat_prefix: "any" },
  // A static file is checked for clusters that are missing when it is read; the model's checks do the same.
  route_config: { validate_clusters: "any" },
  routes: { stat_prefix: "any" },
  route: { cluster_not_found_response_code: ["INTERNAL_SERVER_ERROR"], timeout: ["15s"] },
  retry_policy: { num_retries: [1] },
  request_mirror_policies: { runtime_fraction: [{ default_value: { numerator: 100 } }] },
  thresholds: {
    track_remaining: "any",
    max_connections: [1024],
    max_pending_requests: [1024],
    max_requests: [1024],
    max_retries: [3],
  },
  outlier_detection: {
    consecutive_5xx: [5],
    consecutive_gateway_failure: [5],
    enforcing_consecutive_gateway_failure: [0],
    enforcing_success_rate: [100],
    interval: ["10s"],
    base_ejection_time: ["30s"],
    max_ejection_percent: [10],
  },
  DnsCluster: { dns_refresh_rate: ["5s"], respect_dns_ttl: [false], dns_lookup_family: ["AUTO", "UNSPECIFIED"] },
  // Envoy finds out by itself that a file changed where the model's files are watched.
  tls_certificates: { watched_directory: "any" },
  load_assignment: { cluster_name: "any" },
  endpoints: { cluster_name: "any" },
};

/** A resource without what makes no difference to what Envoy does; `field` is that of `static_resources` it stands in. */
export function toNormal(resource: unknown, field: string): unknown {
  return mapObjects(resource, (object, key) => tidy(dropSilent(object, key === "" ? field : key), key), "");
}

function dropSilent(object: Json, field: string): Json {
  const rules = { ...silent[field], ...silent[shortTypeIn(object)] };
  const left = Object.entries(object).filter(([key, value]) => {
    const values = ownValue(rules, key);
    return values === undefined || (values !== "any" && !values.some((each) => isDeepStrictEqual(each, value)));
  });
  return left.length === Object.keys(object).length ? object : Object.fromEntries(left);
}

/** What is silent by what stands beside it. */
function tidy(object: Json, field: string): Json {
  const isServer = field === "downstream_tls_context" || typeIn(object).endsWith(".DownstreamTlsContext");
  if (isServer) return withoutServerVersions(object);
  if (field === "endpoint") return withoutAddressName(object);
  const own = objectIn(object, httpOptions);
  if (own !== undefined && isHttp1(own)) return without(object, httpOptions);
  return ["typed_extension_protocol_options", "load_assignment"].reduce(withoutEmpty, object);
}

function withoutEmpty(object: Json, key: string): Json {
  const content = objectIn(object, key);
  return content !== undefined && Object.keys(content).length === 0 ? without(object, key) : object;
}

const httpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** Upstreams speak HTTP/1 unless something else is said. */
function isHttp1({ "@type": _, ...options }: Json): boolean {
  return isDeepStrictEqual(options, { explicit_http_config: { http_protocol_options: {} } });
}

/** Servers take TLS 1.2 and 1.3 unless something else is said. */
function withoutServerVersions(context: Json): Json {
  const common = objectIn(context, "common_tls_context");
  const params = objectIn(common, "tls_params");
  if (common === undefined || params === undefined) return context;
  const { tls_minimum_protocol_version: min, tls_maximum_protocol_version: max, ...rest } = params;
  const left = {
    ...(min !== undefined && min !== "TLSv1_2" && { tls_minimum_protocol_version: min }),
    ...(max !== undefined && max !== "TLSv1_3" && { tls_maximum_protocol_version: max }),
    ...rest,
  };
  const tls = Object.keys(left).length === 0 ? without(common, "tls_params") : { ...common, tls_params: left };
  return { ...context, common_tls_context: tls };
}

/** An endpoint that is looked up is called by the name that it is looked up by. */
function withoutAddressName(endpoint: Json): Json {
  const host = textIn(objectIn(objectIn(endpoint, "address"), "socket_address"), "address");
  return isIP(host) === 0 && endpoint.hostname === host ? without(endpoint, "hostname") : endpoint;
}

export function without(object: Json, key: string): Json {
  const { [key]: _, ...rest } = object;
  return rest;
}
