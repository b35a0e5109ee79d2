import type { JsonValue } from "@chancery/envoy-api";
import type { AccessLogEntry, Attributes } from "@chancery/xds/services";

/** What an entry says, whichever way it came. */
export interface Entry extends Omit<AccessLogEntry, "kind" | "toJson" | "copy" | "copyTo"> {
  readonly kind: EntryKind;
  /** Of an entry that is lent: one that stays. */
  copy?(): Entry;
  /** Of a record of OpenTelemetry that is lent: its message, from which it can be read again. */
  readonly encoded?: Uint8Array | undefined;
  /** All that Envoy said as proto3 JSON, without credentials. */
  toJson?(): JsonValue | undefined;
  /** What a record of OpenTelemetry has beside the members above, without credentials. */
  readonly attributes?: Attributes;
  readonly body?: JsonValue;
}

/** An entry as it came, which is lent. */
export type LentEntry = AccessLogEntry | OtelEntry;

export interface OtelEntry extends Entry {
  readonly kind: "otel";
  readonly encoded: Uint8Array;
}

/** What an entry is about: an HTTP request, a connection, or what a record of OpenTelemetry says. */
export const entryKinds = ["http", "tcp", "otel"] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Who wrote an entry. */
export interface LogSource {
  /** The id and the cluster of the Envoy node. */
  readonly node: string;
  readonly cluster: string;
  /** The name of the log. */
  readonly log: string;
}

/** An entry as the control plane has it. */
export interface LogRecord {
  /** Counts up from 1 since the control plane started. */
  readonly id: number;
  /** When it came, in milliseconds since 1970. */
  readonly receivedMs: number;
  readonly source: LogSource;
  readonly entry: Entry;
}

/** A record that stays. */
export function keep(record: LogRecord): LogRecord {
  const { entry } = record;
  if (entry.copy !== undefined) return { ...record, entry: entry.copy() };
  return entry.encoded === undefined ? record : { ...record, entry: { ...entry, encoded: undefined } };
}
