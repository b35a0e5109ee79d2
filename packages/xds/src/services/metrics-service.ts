import { MetricView, readMetrics } from "./metric-view.ts";
import { type NodeStream, NodeStreams, type ServiceMethod } from "./node-streams.ts";

export interface MetricsServiceOptions {
  /**
   * Called when a client begins to send metrics; what is returned takes them. Counters are as they stand unless the
   * client is told to send what was added (`report_counters_as_deltas`); histograms and summaries tell of the interval.
   */
  readonly onStream: (stream: NodeStream) => MetricsListener;
  /** Shares limits and counters; its own by default. */
  readonly streams?: NodeStreams;
  /** Bytes one message may have: Envoy sends all its metrics in one. Default: 64 MiB. */
  readonly maxReceiveBytes?: number;
}

/** Takes the metrics of one client. */
export interface MetricsListener {
  /** Takes one metric. The view is of this one during the call only. */
  metric(metric: MetricView): void;
  /** A message is over; there may be several to one flush of the client. */
  endOfMessage?(): void;
  /** The client has gone. */
  close?(): void;
}

/**
 * The metrics service: clients send all their statistics, again and again.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/metrics/v3/metrics_service.proto
 */
export function metricsServiceHandlers(options: MetricsServiceOptions): readonly ServiceMethod[] {
  const { onStream, streams = new NodeStreams(), maxReceiveBytes = 64 * 1024 * 1024 } = options;
  const kind = {
    nodePath: [1, 1],
    single: true,
    borrows: true,
    open(stream: NodeStream) {
      const listener = onStream(stream);
      const view = new MetricView();
      return {
        *message(bytes: Uint8Array) {
          yield* readMetrics(bytes, view, (metric) => listener.metric(metric));
          listener.endOfMessage?.();
        },
        close: () => listener.close?.(),
      };
    },
  };
  const method = "/envoy.service.metrics.v3.MetricsService/StreamMetrics";
  return [{ method, open: (call) => streams.open(call, kind), options: { maxReceiveBytes } }];
}
