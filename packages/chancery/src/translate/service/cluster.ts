import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { Service } from "../../model/service.ts";
import { toDuration, together } from "../json.ts";
import { circuitBreakers } from "./circuit-breakers.ts";
import { discovery } from "./discovery.ts";
import { healthChecks } from "./health-checks.ts";
import { loadBalancing } from "./load-balancing.ts";
import { outlierDetection } from "./outlier-detection.ts";
import { protocolOptions } from "./protocol-options.ts";
import { transportSocket } from "./transport-socket.ts";

/** What is known when a cluster is made. */
export interface ClusterContext {
  /** Its name on the wire. */
  readonly name: string;
  /** The name of the service. */
  readonly serviceName: string;
}

/** Some of what a cluster is, as one thing that is said of a service makes it. */
export type ClusterFeature = (service: Service, context: ClusterContext) => Partial<ClusterJson>;

/** All that is said of a service but its endpoints: each thing is one entry. */
const features: readonly ClusterFeature[] = [
  discovery,
  connection,
  protocolOptions,
  transportSocket,
  loadBalancing,
  healthChecks,
  outlierDetection,
  circuitBreakers,
];

/** The cluster of a service. */
export function toCluster(service: Service, context: ClusterContext): ClusterJson {
  return together([{ name: context.name }, ...features.map((feature) => feature(service, context))]);
}

function connection({ connection }: Service): Partial<ClusterJson> {
  const { connectTimeout = 5000, bufferBytes = 1_048_576, keepalive } = connection ?? {};
  return {
    connectTimeout: toDuration(connectTimeout),
    perConnectionBufferLimitBytes: bufferBytes,
    ...(keepalive && {
      upstreamConnectionOptions: {
        tcpKeepalive: {
          ...(keepalive.probes !== undefined && { keepaliveProbes: keepalive.probes }),
          ...(keepalive.idle !== undefined && { keepaliveTime: toSeconds(keepalive.idle) }),
          ...(keepalive.interval !== undefined && { keepaliveInterval: toSeconds(keepalive.interval) }),
        },
      },
    }),
  };
}

/** The kernel counts in whole seconds. */
function toSeconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000));
}
