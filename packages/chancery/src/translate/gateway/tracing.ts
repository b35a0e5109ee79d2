import type { HttpConnectionManager_TracingJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { controlPlaneCluster } from "../../bootstrap/bootstrap.ts";
import { typed } from "../json.ts";
import type { DoorContext } from "./context.ts";

/** Traces by OpenTelemetry, as the fleet asks for them. */
export function toTracing({ fleet, hasTraceService }: DoorContext): { tracing?: HttpConnectionManager_TracingJson } {
  const { tracing } = fleet.value;
  if (tracing === undefined) return {};
  const isOwn = tracing.to === "chancery";
  if (!isOwn && !hasTraceService) return {};
  const sampling = "sampling" in tracing ? tracing.sampling : undefined;
  return {
    tracing: {
      ...(sampling !== undefined && { randomSampling: { value: sampling } }),
      provider: {
        name: "envoy.tracers.opentelemetry",
        typedConfig: typed("envoy.config.trace.v3.OpenTelemetryConfig", {
          grpcService: { envoyGrpc: { clusterName: isOwn ? controlPlaneCluster : tracing.to } },
          serviceName: fleet.name,
        }),
      },
    },
  };
}
