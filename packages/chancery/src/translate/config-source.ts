import type { ConfigSourceJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/config_source_pb.js";
import { isRecord } from "../is-record.ts";

/** Where Envoy gets what a resource names: from the stream that the resource came by. */
export const aggregated: ConfigSourceJson = { resourceApiVersion: "V3", ads: {} };

/** Whether something is such a source; what only has a name like that of a field with one is none. */
export function isAggregated(source: unknown): boolean {
  return isRecord(source) && "ads" in source;
}
