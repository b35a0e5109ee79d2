import type { AccessLogJson } from "@chancery/envoy-api/gen/envoy/config/accesslog/v3/accesslog_pb.js";
import type { SubstitutionFormatStringJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/substitution_format_string_pb.js";
import { controlPlaneCluster } from "../../bootstrap/bootstrap.ts";
import type { Fleet } from "../../model/fleet.ts";
import { typed } from "../json.ts";

/** The log of requests. `name` says whose entries they are. */
export function toHttpAccessLog({ accessLog }: Fleet, name: string): { accessLog?: AccessLogJson[] } {
  if (accessLog === undefined) return {};
  if (accessLog.to === "stdout") return { accessLog: [toStdout(accessLog.format)] };
  // By this header an entry is found by its trace.
  const fields = { ...toGrpc(name), additionalRequestHeadersToLog: ["traceparent"] };
  const type = "envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig";
  return { accessLog: [{ name: "envoy.access_loggers.http_grpc", typedConfig: typed(type, fields) }] };
}

/** The log of connections. */
export function toTcpAccessLog({ accessLog }: Fleet, name: string): { accessLog?: AccessLogJson[] } {
  if (accessLog === undefined) return {};
  if (accessLog.to === "stdout") return { accessLog: [toStdout(accessLog.format)] };
  const type = "envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig";
  return { accessLog: [{ name: "envoy.access_loggers.tcp_grpc", typedConfig: typed(type, toGrpc(name)) }] };
}

function toGrpc(logName: string): object {
  return {
    commonConfig: {
      logName,
      transportApiVersion: "V3",
      grpcService: { envoyGrpc: { clusterName: controlPlaneCluster } },
    },
  };
}

function toStdout(format: string | undefined): AccessLogJson {
  const logFormat = format === undefined ? undefined : toFormat(format);
  const type = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
  return { name: "envoy.access_loggers.stdout", typedConfig: typed(type, logFormat ? { logFormat } : {}) };
}

function toFormat(format: string): SubstitutionFormatStringJson {
  if (format === "json") return { jsonFormat };
  return { textFormatSource: { inlineString: format.endsWith("\n") ? format : `${format}\n` } };
}

const jsonFormat = {
  time: "%START_TIME%",
  method: "%REQUEST_HEADER(:METHOD)%",
  host: "%REQUEST_HEADER(:AUTHORITY)%",
  path: "%REQUEST_HEADER(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  status: "%RESPONSE_CODE%",
  flags: "%RESPONSE_FLAGS%",
  details: "%RESPONSE_CODE_DETAILS%",
  durationMs: "%DURATION%",
  bytesReceived: "%BYTES_RECEIVED%",
  bytesSent: "%BYTES_SENT%",
  client: "%DOWNSTREAM_REMOTE_ADDRESS%",
  serverName: "%REQUESTED_SERVER_NAME%",
  userAgent: "%REQUEST_HEADER(USER-AGENT)%",
  requestId: "%REQUEST_HEADER(X-REQUEST-ID)%",
  route: "%ROUTE_NAME%",
  service: "%UPSTREAM_CLUSTER%",
  endpoint: "%UPSTREAM_HOST%",
};
