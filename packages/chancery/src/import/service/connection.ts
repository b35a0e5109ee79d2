import { type Json, numberIn, objectIn, textIn } from "../../explain/json.ts";
import { type Authored, durationIn, durationOrOffIn, said, toBytes, unless } from "../values.ts";
import { httpOptions } from "./protocol.ts";
import { proxyProtocolOf } from "./tls.ts";

/** Connections to the service; what is Envoy's default and the model's is left out. */
export function connection(cluster: Json): Authored {
  const options = httpOptions(cluster);
  const common = objectIn(options, "common_http_protocol_options");
  return {
    connection: said({
      connectTimeout: unless("5s", durationIn(cluster, "connect_timeout")),
      idle: durationOrOffIn(common, "idle_timeout"),
      maxAge: durationIn(common, "max_connection_duration"),
      keepalive: keepalive(objectIn(objectIn(cluster, "upstream_connection_options"), "tcp_keepalive")),
      http2: http2(options),
      bufferBytes: bytesIn(cluster, "per_connection_buffer_limit_bytes", 1024 ** 2),
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
  const hasPing = textIn(ping, "interval") !== "" && textIn(ping, "timeout") !== "";
  return said({
    concurrentStreams: unless(100, numberIn(http2, "max_concurrent_streams")),
    windowBytes: bytesIn(http2, "initial_stream_window_size", 65_536),
    connectionWindowBytes: bytesIn(http2, "initial_connection_window_size", 1024 ** 2),
    ping: hasPing ? { interval: durationIn(ping, "interval"), timeout: durationIn(ping, "timeout") } : undefined,
  });
}

/** Bytes in a field, unless they are as many as usual. */
function bytesIn(parent: Json | undefined, key: string, usual: number): string | number | undefined {
  const bytes = unless(usual, numberIn(parent, key));
  return bytes === undefined ? undefined : toBytes(bytes);
}
