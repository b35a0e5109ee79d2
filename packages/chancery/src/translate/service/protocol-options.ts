import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { Http2ProtocolOptionsJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/protocol_pb.js";
import type { HttpProtocolOptionsJson } from "@chancery/envoy-api/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import type { Service } from "../../model/service.ts";
import { present, toDuration, typed } from "../json.ts";

const extension = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** Which HTTP a service speaks, and how its connections are used. */
export function protocolOptions(service: Service): Partial<ClusterJson> {
  if (service.protocol === "tcp") return {};
  const { protocol, connection, limits, endpoints, tls } = service;
  const isPlain = connection === undefined && limits === undefined && endpoints !== "dynamic" && tls === undefined;
  if (!isPlain) return toExtension(service);
  // Most services say no more than this, and share it.
  const options = plain.get(protocol) ?? toExtension(service);
  plain.set(protocol, options);
  return options;
}

/** Of services that say nothing else of HTTP, by protocol. */
const plain = new Map<Service["protocol"], Partial<ClusterJson>>();

function toExtension(service: Service): Partial<ClusterJson> {
  return { typedExtensionProtocolOptions: { [extension]: typed(extension, toOptions(service)) } };
}

function toOptions(service: Service): HttpProtocolOptionsJson {
  const { idle, maxAge } = service.connection ?? {};
  const common = present({
    idleTimeout: idle === undefined ? undefined : toDuration(idle),
    maxConnectionDuration: maxAge === undefined || maxAge === 0 ? undefined : toDuration(maxAge),
    maxRequestsPerConnection: service.limits?.requestsPerConnection,
  });
  // The request's host is the name asked for, and checked, where it is where the service is too, or TLS is set up so.
  const followsHost = service.endpoints === "dynamic" || service.tls?.sni === "host";
  const upstream = followsHost ? { autoSni: true, autoSanValidation: service.tls?.verify !== false } : undefined;
  return {
    ...(Object.keys(common).length > 0 && { commonHttpProtocolOptions: common }),
    ...(upstream && { upstreamHttpProtocolOptions: upstream }),
    ...versions(service),
  };
}

function versions(service: Service): HttpProtocolOptionsJson {
  const http2ProtocolOptions = toHttp2(service);
  switch (service.protocol) {
    case "http1":
    case "tcp":
      return { explicitHttpConfig: { httpProtocolOptions: {} } };
    case "http2":
    case "grpc":
      return { explicitHttpConfig: { http2ProtocolOptions } };
    case "http3":
      return { explicitHttpConfig: { http3ProtocolOptions: {} } };
    case "auto":
      return { autoConfig: { httpProtocolOptions: {}, http2ProtocolOptions } };
  }
}

// What Envoy's best practices for the edge name: windows that keep a slow stream from filling the memory.
// https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge
function toHttp2({ connection }: Service): Http2ProtocolOptionsJson {
  const {
    concurrentStreams = 100,
    windowBytes = 65_536,
    connectionWindowBytes = 1_048_576,
    ping,
  } = connection?.http2 ?? {};
  return {
    maxConcurrentStreams: concurrentStreams,
    initialStreamWindowSize: windowBytes,
    initialConnectionWindowSize: connectionWindowBytes,
    ...(ping && { connectionKeepalive: { interval: toDuration(ping.interval), timeout: toDuration(ping.timeout) } }),
  };
}
