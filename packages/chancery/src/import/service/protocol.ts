import { type Json, objectIn } from "../../explain/json.ts";
import type { Authored } from "../values.ts";
import type { ServiceContext } from "./service.ts";

/** The HTTP options of a cluster. */
export function httpOptions(cluster: Json): Json | undefined {
  const options = objectIn(cluster, "typed_extension_protocol_options");
  return objectIn(options, "envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
}

/** Which HTTP a service speaks. */
export function protocol(cluster: Json, { isStream }: ServiceContext): Authored {
  const options = httpOptions(cluster);
  if (options === undefined) return isStream ? { protocol: "tcp" } : {};
  if (objectIn(options, "auto_config") !== undefined) return { protocol: "auto" };
  const explicit = objectIn(options, "explicit_http_config");
  if (objectIn(explicit, "http2_protocol_options") !== undefined) return { protocol: "http2" };
  return objectIn(explicit, "http3_protocol_options") === undefined ? {} : { protocol: "http3" };
}
