import { type Json, numberIn, objectIn, textIn } from "../../explain/json.ts";
import { type Authored, durationIn, durationOrOffIn, said, toBytes } from "../values.ts";
import { httpOptions } from "./protocol.ts";
import { proxyProtocolOf } from "./tls.ts";

/** Connections to the service; what is Envoy's default and the model's is left out. */
export function connection(cluster: Json): Authored {
  const options = httpOptions(cluster);
  const common = objectIn(options, "common_http_protocol_options");
  const connectTimeout = durationIn(cluster, "connect_timeout");
  const bufferBytes = numberIn(cluster, "per_connection_buffer_limit_bytes");
  return {
    connection: said({
      connectTimeout: connectTimeout === "5s" ? undefined : connectTimeout,
      idle: durationOrOffIn(common, "idle_timeout"),
      maxAge: durationIn(common, "max_connection_duration"),
      keepalive: keepalive(objectIn(objectIn(cluster, "upstream_connection_options"), "tcp_keepalive")),
      http2: http2(options),
      bufferBytes: bufferBytes === undefined || bufferBytes === 1024 ** 2 ? undefined : toBytes(bufferBytes),
      proxyProtocol: proxyProtocolOf(cluster),
    }),
  };
}

function keepalive(options: Json | undefined): Authored | undefined {
  if (options === undefined) return undefined;
  const seconds = (key: string) => {
    const number = numberIn(options, key);
    return number === undefined ? undefined : `${number}s`;
  };
  return said({
    idle: seconds("keepalive_time"),
    interval: seconds("keepalive_interval"),
    probes: numberIn(options, "keepalive_probes"),
  });
}

function http2(options: Json | undefined): Authored | undefined {
  const parent = objectIn(options, "explicit_http_config") ?? objectIn(options, "auto_config");
  const http2 = objectIn(parent, "http2_protocol_options");
  const ping = objectIn(http2, "connection_keepalive");
  const bytes = (key: string) => {
    const number = numberIn(http2, key);
    return number === undefined ? undefined : toBytes(number);
  };
  const hasPing = textIn(ping, "interval") !== "" && textIn(ping, "timeout") !== "";
  return said({
    concurrentStreams: numberIn(http2, "max_concurrent_streams"),
    windowBytes: bytes("initial_stream_window_size"),
    connectionWindowBytes: bytes("initial_connection_window_size"),
    ping: hasPing ? { interval: durationIn(ping, "interval"), timeout: durationIn(ping, "timeout") } : undefined,
  });
}
