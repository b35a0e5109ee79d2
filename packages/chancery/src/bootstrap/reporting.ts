import type { Fleet } from "../model/fleet.ts";
import type { Bootstrap } from "./bootstrap.ts";

/** What an Envoy reports to its control plane beside what it asks for. */
export interface ReportingOptions {
  /** Report the load of clusters, as the control plane asks for it. Default: false. */
  readonly loadReports?: boolean;
  /** Send all statistics to the control plane, for `/metrics/fleet`. Default: false. */
  readonly metricsService?: boolean | MetricsServiceOptions;
  /** Check endpoints for the control plane, as it asks for it. Default: false. */
  readonly healthChecks?: boolean;
}

export interface MetricsServiceOptions {
  /** How often statistics are sent, in milliseconds. Default: Envoy's own, 5 seconds. */
  readonly flushIntervalMs?: number;
  /** How counters are sent: as they stand, so that nothing is lost with a message, or what was added. Default: `cumulative`. */
  readonly counters?: "cumulative" | "deltas";
}

/** What the Envoys of a fleet report. */
export function reportingOf({ loadReports = false, metrics = false, healthChecks }: Fleet): ReportingOptions {
  const { interval } = metrics || {};
  return {
    loadReports,
    metricsService: metrics && (interval === undefined ? {} : { flushIntervalMs: interval }),
    healthChecks,
  };
}

/** The parts of a bootstrap that make Envoy report to the gRPC services behind a cluster. */
export function toReporting(options: ReportingOptions, clusterName: string): Bootstrap {
  const { loadReports = false, metricsService = false, healthChecks = false } = options;
  return {
    ...(loadReports && { cluster_manager: { load_stats_config: toApiConfigSource(clusterName) } }),
    ...(healthChecks && { hds_config: toApiConfigSource(clusterName) }),
    ...(metricsService && toStatsSink(metricsService === true ? {} : metricsService, clusterName)),
  };
}

function toApiConfigSource(clusterName: string): object {
  return {
    api_type: "GRPC",
    transport_api_version: "V3",
    grpc_services: [{ envoy_grpc: { cluster_name: clusterName } }],
  };
}

function toStatsSink(
  { flushIntervalMs, counters = "cumulative" }: MetricsServiceOptions,
  clusterName: string,
): Bootstrap {
  const deltas = counters === "deltas";
  return {
    stats_sinks: [
      {
        name: "envoy.stat_sinks.metrics_service",
        typed_config: {
          "@type": "type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig",
          transport_api_version: "V3",
          grpc_service: {
            envoy_grpc: { cluster_name: clusterName },
            // What comes does not say it: a message has the same form either way.
            ...(deltas && { initial_metadata: [{ key: "chancery-counters", value: "deltas" }] }),
          },
          report_counters_as_deltas: deltas,
          emit_tags_as_labels: true,
          // A summary of the same numbers would double what is sent.
          histogram_emit_mode: "HISTOGRAM",
        },
      },
    ],
    ...(flushIntervalMs !== undefined && { stats_flush_interval: `${flushIntervalMs / 1_000}s` }),
  };
}
