import { AccessLogEntry } from "@chancery/xds/services";
import { encodeEntry, fullEntry } from "../../../../../xds/src/services/testdata/access-log-messages.ts";
import type { LogRecord } from "../record.ts";

export { encodeMessage, fullEntry } from "../../../../../xds/src/services/testdata/access-log-messages.ts";

export const source = { node: "edge-1", cluster: "edge", log: "front" };

/** A record of an HTTP entry in proto3 JSON; by default one with everything. */
export function httpRecord(entry: object = fullEntry, id = 1): LogRecord {
  return { id, receivedMs: Date.parse("2026-11-21T11:37:16Z"), source, entry: httpEntry(entry) };
}

export function httpEntry(entry: object): AccessLogEntry {
  return new AccessLogEntry("http", encodeEntry("HTTP", entry));
}

interface RequestInit {
  readonly route?: string;
  readonly cluster?: string;
  readonly durationMs?: number;
  /** Fields of `envoy.data.accesslog.v3.ResponseFlags`. */
  readonly flags?: object;
}

/** An entry of a request that got `status`. */
export function requestEntry(status: number, init: RequestInit = {}): AccessLogEntry {
  const { route = "", cluster = "", durationMs = 1, flags = {} } = init;
  const common = { route_name: route, upstream_cluster: cluster, response_flags: flags };
  return httpEntry({
    common_properties: { ...common, duration: `${durationMs / 1000}s` },
    response: { response_code: status },
  });
}
