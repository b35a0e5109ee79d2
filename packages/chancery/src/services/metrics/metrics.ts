import { metricsServiceHandlers, type NodeStreamOptions, NodeStreams } from "@chancery/xds/services";
import { formatAddress } from "../../address.ts";
import type { Logger } from "../../logs.ts";
import type { Nodes, Service } from "../service.ts";
import { defaultAllow } from "./default-allow.ts";
import { fleetFamilies } from "./families.ts";
import { type Counters, FleetMetrics } from "./fleet-metrics.ts";
import type { FleetNode } from "./fleet-node.ts";
import { addFleetMetricsRoute } from "./routes.ts";
import { Twins } from "./twins.ts";

export interface FleetMetricsServiceOptions {
  /** Names of the metrics to keep, such as `envoy_cluster_*`; by default what dashboards and alerts are made of. */
  readonly allow?: readonly string[];
  /** Lines that one node may have on the page; what is beyond is counted. 10,000 by default. */
  readonly maxLinesPerNode?: number;
  /** How long a node stays on the page after its stream has ended, in milliseconds; 300,000 by default. */
  readonly forgetMs?: number;
  /**
   * How nodes send counters that do not say it with the header `chancery-counters`, as those do whose bootstrap Chancery
   * made; `cumulative` by default, which is Envoy's own.
   */
  readonly counters?: Counters;
  /** How many streams a node may have, and how much may wait. */
  readonly streams?: Omit<NodeStreamOptions, "authenticate">;
}

export interface FleetMetricsContext {
  readonly nodes: Nodes;
  readonly log: Logger;
}

/** The statistics of all nodes that send theirs, on one page for Prometheus. */
export function fleetMetricsService(
  { nodes, log }: FleetMetricsContext,
  options: FleetMetricsServiceOptions = {},
): Service {
  const { allow = defaultAllow, maxLinesPerNode = 10_000, forgetMs = 300_000 } = options;
  const { counters: defaultCounters = "cumulative" } = options;
  // bench/metrics-service.ts shows what a fleet takes; xDS finds the process free at least half of the time.
  const streams = new NodeStreams({
    maxShare: 0.5,
    ...options.streams,
    authenticate: (stream) => nodes.authorize(stream),
  });
  const metrics = new FleetMetrics({ allow, maxLinesPerNode, forgetMs });
  const twins = new Twins(({ id, cluster }, senders) => {
    const peers = senders.map(({ peer }) => formatAddress({ host: peer.address, port: peer.port }));
    const message =
      `Two Envoys call themselves "${id}" (cluster "${cluster}"), at ${peers.join(" and ")}: their counters are mixed in ` +
      "/metrics/fleet, and they share all that is said of the node; give each an id of its own";
    log.error({ node: id, cluster, peers }, message);
  });
  const sweeper = setInterval(() => metrics.sweep(Date.now()), Math.min(forgetMs, 30_000)).unref();
  return {
    name: "fleet_metrics",
    methods: metricsServiceHandlers({
      streams,
      onStream(stream) {
        const said = stream.metadata["chancery-counters"];
        const counters = said === "deltas" || said === "cumulative" ? said : defaultCounters;
        /** Undefined while its fleet says that nothing is wanted. */
        let node: FleetNode | undefined;
        const leave = () => {
          if (node === undefined) return;
          metrics.close(node, Date.now());
          twins.end(node);
          node = undefined;
        };
        const look = () => {
          if (!nodes.wants(stream, "metrics")) leave();
          else node ??= metrics.open(stream.node);
        };
        look();
        const stop = nodes.watch(look);
        return {
          metric(metric) {
            if (node !== undefined) metrics.take(node, metric, counters);
          },
          endOfMessage() {
            if (node === undefined) return;
            metrics.endMessage(node);
            twins.note(node, stream);
          },
          close() {
            stop();
            leave();
          },
        };
      },
    }),
    metrics: fleetFamilies(metrics, { streams, twins }),
    addRoutes: (app) => addFleetMetricsRoute(app, metrics),
    close: () => clearInterval(sweeper),
  };
}
