import { flagIn, type Json, numberIn, objectIn, objectsIn, textIn, typeIn } from "../../explain/json.ts";
import { gateway as schema } from "../../model/gateway.ts";
import { fit } from "../fit.ts";
import { type Authored, durationOrOffIn, said, toBytes, unless } from "../values.ts";
import type { Chain } from "./chain.ts";

/**
 * What is said of a gateway for one of Envoy's listeners, after its first chain. What Envoy does where nothing is said, and
 * the model does not, is said too unless it is to be plain.
 */
export function toSettings(listener: Json, chain: Chain | undefined, plain: boolean): Authored {
  const isHttp = chain?.protocol === "HTTP" || chain?.protocol === "HTTPS";
  const manager = isHttp ? chain.config : undefined;
  const content = said({
    limits: limits(listener, chain, manager, plain),
    timeouts: timeouts(chain, manager, plain),
    http: manager && http(manager, plain),
  });
  return content === undefined ? {} : (fit(schema.omit({ listeners: true }), content) ?? {});
}

function limits(listener: Json, chain: Chain | undefined, manager: Json | undefined, plain: boolean) {
  const common = objectIn(manager, "common_http_protocol_options");
  const connectionLimit = objectsIn(chain?.json, "filters")
    .map((filter) => objectIn(filter, "typed_config"))
    .find((config) => typeIn(config).endsWith(".ConnectionLimit"));
  const bufferBytes = numberIn(listener, "per_connection_buffer_limit_bytes") ?? (plain ? undefined : 1024 ** 2);
  const headersKb = numberIn(manager, "max_request_headers_kb");
  return said({
    connections: numberIn(connectionLimit, "max_connections"),
    concurrentStreams: unless(100, numberIn(objectIn(manager, "http2_protocol_options"), "max_concurrent_streams")),
    headersBytes: headersKb === undefined ? undefined : toBytes(headersKb * 1024),
    headersCount: numberIn(common, "max_headers_count"),
    // The model's own default.
    bufferBytes: bufferBytes === undefined || bufferBytes === 32_768 ? undefined : toBytes(bufferBytes),
  });
}

function timeouts(chain: Chain | undefined, manager: Json | undefined, plain: boolean) {
  const common = objectIn(manager, "common_http_protocol_options");
  const requestHeaders = durationOrOffIn(manager, "request_headers_timeout");
  const isUnsaid = manager !== undefined && manager.request_headers_timeout === undefined;
  const handshake = durationOrOffIn(chain?.json, "transport_socket_connect_timeout");
  return said({
    idle:
      manager === undefined ? durationOrOffIn(chain?.config, "idle_timeout") : durationOrOffIn(common, "idle_timeout"),
    requestHeaders: isUnsaid && !plain ? "off" : requestHeaders === "10s" ? undefined : requestHeaders,
    request: durationOrOffIn(manager, "request_timeout"),
    stream: durationOrOffIn(manager, "stream_idle_timeout"),
    connection: durationOrOffIn(common, "max_connection_duration"),
    drain: durationOrOffIn(manager, "drain_timeout"),
    tlsHandshake: handshake === "10s" || handshake === "off" ? undefined : handshake,
  });
}

function http(manager: Json, plain: boolean) {
  const isSaid = (field: string) => !plain || manager[field] !== undefined;
  const isOff = (field: string) => isSaid(field) && flagIn(manager, field) !== true;
  const common = objectIn(manager, "common_http_protocol_options");
  const passesServerOn = textIn(manager, "server_header_transformation") === "PASS_THROUGH";
  const isNamed = !passesServerOn && (isSaid("server_name") || manager.server_header_transformation !== undefined);
  const hops = numberIn(manager, "xff_num_trusted_hops");
  return said({
    trustedHops: hops === undefined || hops === 0 ? undefined : hops,
    serverName: isNamed ? textIn(manager, "server_name") || "envoy" : undefined,
    normalizePath: isOff("normalize_path") ? false : undefined,
    mergeSlashes: isOff("merge_slashes") ? false : undefined,
    requestId: flagIn(manager, "generate_request_id"),
    http10: flagIn(objectIn(manager, "http_protocol_options"), "accept_http_10"),
    allowUnderscores: textIn(common, "headers_with_underscores_action") === "REJECT_REQUEST" ? false : undefined,
  });
}
