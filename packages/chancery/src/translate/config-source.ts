import type { ConfigSourceJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/config_source_pb.js";

/** Where Envoy gets what a resource names: from the stream that the resource came by. */
export const aggregated: ConfigSourceJson = { resourceApiVersion: "V3", ads: {} };
