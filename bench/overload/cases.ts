import { join } from "node:path";
import { encodeJson } from "@chancery/envoy-api";
import { fullEntry } from "../../packages/xds/src/services/testdata/access-log-messages.ts";
import { encodeLogRecords } from "../../packages/xds/src/services/testdata/otlp-messages.ts";
import { encodeMetrics } from "../metrics-messages.ts";

/** A service, and what floods it. */
export type OverloadCase = StreamCase | CallCase;

interface Case {
  readonly name: string;
  readonly method: string;
  /** Samples of `/metrics` with what was taken and what was dropped, counted by the server. */
  readonly taken: string;
  readonly dropped: string;
  /** Options that the server has for this case alone; files go into the folder. */
  readonly options?: (folder: string) => readonly string[];
}

/** Envoys that stream messages. */
export interface StreamCase extends Case {
  readonly kind: "stream";
  /** The first message of a stream says who it is. */
  first(node: string): Uint8Array;
  /** Those that follow, in turn. */
  readonly messages: readonly Uint8Array[];
  /** How much of what the server counts is in a message, and in a first one. */
  readonly perMessage: number;
  readonly perFirst: number;
}

/** Envoys that ask. */
export interface CallCase extends Case {
  readonly kind: "calls";
  readonly request: Uint8Array;
  /** Whether the last eight bytes of the request are a number that counts up. */
  readonly counting: boolean;
  /** Calls that may be unanswered at a time. */
  readonly inFlight: number;
}

/** As many as an Envoy has at most: `max_requests` of circuit breakers. */
const ofAnEnvoy = 1_024;

const node = (id: string) => ({ id, cluster: "edge" });

const accessLogs: StreamCase = {
  ...{ name: "access logs", kind: "stream", method: "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs" },
  taken: 'chancery_access_entries_total{result="taken"}',
  dropped: 'chancery_access_entries_total{result="dropped"}',
  first: (id) =>
    encode("envoy.service.accesslog.v3.StreamAccessLogsMessage", {
      identifier: { node: node(id), log_name: "bench" },
    }),
  messages: [
    encode("envoy.service.accesslog.v3.StreamAccessLogsMessage", {
      http_logs: { log_entry: Array.from({ length: 32 }, () => fullEntry) },
    }),
  ],
  ...{ perMessage: 32, perFirst: 0 },
};

export const overloadCases: readonly OverloadCase[] = [
  {
    ...{ name: "LRS", kind: "stream", method: "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats" },
    ...{ taken: "chancery_load_reports_total", dropped: "chancery_load_lost_reports_total" },
    first: (id) => encode("envoy.service.load_stats.v3.LoadStatsRequest", { node: node(id) }),
    messages: [encode("envoy.service.load_stats.v3.LoadStatsRequest", { cluster_stats: loadOf(50) })],
    ...{ perMessage: 1, perFirst: 0 },
  },
  accessLogs,
  {
    ...accessLogs,
    name: "access logs, to a file",
    options: (folder) => ["--access-log-file", join(folder, "access.log"), "--access-log-file-size", "10"],
  },
  {
    ...{ name: "metrics", kind: "stream", method: "/envoy.service.metrics.v3.MetricsService/StreamMetrics" },
    ...{ taken: "chancery_fleet_metrics_messages_total", dropped: "chancery_fleet_metrics_lost_messages_total" },
    first: (id) => encode("envoy.service.metrics.v3.StreamMetricsMessage", { identifier: { node: node(id) } }),
    messages: [1_700_000_000_000, 1_700_000_005_000].map((atMs) => encodeMetrics(5_000, atMs)),
    ...{ perMessage: 1, perFirst: 1 },
  },
  {
    ...{ name: "HDS", kind: "stream", method: "/envoy.service.health.v3.HealthDiscoveryService/StreamHealthCheck" },
    ...{ taken: "chancery_health_reports_total", dropped: "chancery_health_lost_reports_total" },
    first: (id) =>
      encode("envoy.service.health.v3.HealthCheckRequestOrEndpointHealthResponse", {
        health_check_request: { node: node(id), capability: { health_check_protocols: ["HTTP", "TCP"] } },
      }),
    messages: [0, 1].map((failing) =>
      encode("envoy.service.health.v3.HealthCheckRequestOrEndpointHealthResponse", {
        endpoint_health_response: { cluster_endpoints_health: [healthOf(1_000, failing)] },
      }),
    ),
    ...{ perMessage: 1, perFirst: 1 },
  },
  {
    ...{ name: "OTLP", kind: "calls", method: "/opentelemetry.proto.collector.logs.v1.LogsService/Export" },
    taken: 'chancery_otlp_requests_total{result="taken"}',
    dropped: 'chancery_otlp_requests_total{result="refused"}',
    request: encodeLogRecords(
      { "service.name": "edge" },
      Array.from({ length: 32 }, (_, index) => ({
        timeMs: 1_700_000_000_000 + index,
        body: "GET /api/carts 200",
        attributes: { "http.request.method": "GET", "url.path": "/api/carts", "http.response.status_code": 200 },
      })),
    ),
    counting: false,
    inFlight: ofAnEnvoy,
  },
  {
    ...{ name: "rate limit", kind: "calls", method: "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit" },
    taken: 'chancery_rate_limit_calls_total{result="admitted"}',
    dropped: 'chancery_rate_limit_calls_total{result="shed"}',
    request: encode("envoy.service.ratelimit.v3.RateLimitRequest", {
      domain: "bench",
      descriptors: [{ entries: [{ key: "user", value: "00000000" }] }],
    }),
    counting: true,
    inFlight: 8 * ofAnEnvoy,
  },
  {
    ...{ name: "authorization", kind: "calls", method: "/envoy.service.auth.v3.Authorization/Check" },
    taken: 'chancery_authorization_calls_total{result="admitted"}',
    dropped: 'chancery_authorization_calls_total{result="shed"}',
    request: encode("envoy.service.auth.v3.CheckRequest", {
      attributes: {
        source: { address: { socket_address: { address: "10.0.0.1", port_value: 50_000 } } },
        request: {
          time: "2026-01-01T00:00:00Z",
          http: {
            ...{ id: "1", method: "GET", path: "/open/a", host: "shop.example.com", scheme: "https", size: "-1" },
            headers: { ":authority": "shop.example.com", "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)" },
          },
        },
        context_extensions: { policy: "bench" },
      },
    }),
    counting: false,
    inFlight: 8 * ofAnEnvoy,
  },
];

/** What the server is configured with, by the names of files in a folder. */
export const configuration = {
  "model.yaml": JSON.stringify({
    fleets: { edge: { match: [{ cluster: "edge" }], healthChecks: true } },
    services: {
      shop: {
        endpoints: addresses(1_000),
        health: { active: { by: "fleet", http: "/healthz", interval: "5s" } },
      },
    },
  }),
  "limits/bench.yaml": JSON.stringify({
    domain: "bench",
    descriptors: [{ key: "user", rate_limit: { unit: "minute", requests_per_unit: 100 } }],
  }),
  "policies/bench.yaml": JSON.stringify({
    policies: {
      bench: {
        rules: [
          { name: "admin", match: { path: { prefix: "/admin" } }, deny: true },
          { name: "open", match: { path: { prefix: "/open" }, methods: ["GET"] }, allow: true },
        ],
      },
    },
  }),
} as const;

function addresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `10.0.${index >> 8}.${index & 255}:8080`);
}

function loadOf(clusters: number): readonly object[] {
  return Array.from({ length: clusters }, (_, index) => ({
    cluster_name: `service-${index}`,
    load_report_interval: "10s",
    upstream_locality_stats: ["a", "b"].map((zone) => ({
      locality: { region: "eu", zone },
      ...{ total_successful_requests: 900, total_error_requests: 5, total_requests_in_progress: 7 },
      total_issued_requests: 905,
      upstream_endpoint_stats: addresses(5).map((address) => ({
        address: toAddress(address),
        ...{ total_successful_requests: 180, total_error_requests: 1, total_issued_requests: 181 },
      })),
    })),
  }));
}

/** Of so many endpoints one may fail. */
function healthOf(endpoints: number, failing: number): object {
  return {
    cluster_name: "shop",
    locality_endpoints_health: [
      {
        endpoints_health: addresses(endpoints).map((address, index) => ({
          endpoint: { address: toAddress(address) },
          health_status: index < failing ? "UNHEALTHY" : "HEALTHY",
        })),
      },
    ],
  };
}

function toAddress(text: string): object {
  const [address, port] = text.split(":");
  return { socket_address: { address, port_value: Number(port) } };
}

function encode(type: string, message: object): Uint8Array {
  const encoded = encodeJson(type, message, { validate: false });
  if (encoded.ok) return encoded.bytes;
  throw new TypeError(`Cannot write this as ${type}: ${JSON.stringify(encoded.problems)}`);
}
