import type { JsonValue } from "@chancery/envoy-api";
import { MessageView } from "./message-view.ts";

/** Attributes by their keys; values as JSON has them, bytes in base64. */
export type Attributes = Readonly<Record<string, JsonValue>>;

/** A log record of OpenTelemetry: https://opentelemetry.io/docs/specs/otel/logs/data-model/ */
export interface OtlpLogRecord {
  /** What the attributes of the sender's resource say. */
  readonly resource: Attributes;
  /** Milliseconds since 1970; 0 if it does not say. */
  readonly timeMs: number;
  /** Such as `INFO`; "" if it does not say. */
  readonly severity: string;
  readonly body: JsonValue;
  readonly attributes: Attributes;
  /** Hexadecimal digits, 32 and 16; "" outside of a trace. */
  readonly traceId: string;
  readonly spanId: string;
  /** The bytes it took on the wire. */
  readonly size: number;
  /** These bytes, as a view of those that came: what is to stay is to be copied. `readLogRecord` reads them again. */
  readonly bytes: Uint8Array;
}

/** A span of OpenTelemetry: https://opentelemetry.io/docs/specs/otel/trace/api/#span */
export interface OtlpSpan {
  readonly resource: Attributes;
  /** Hexadecimal digits, 32 and 16. */
  readonly traceId: string;
  readonly spanId: string;
  /** "" for the first span of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: Attributes;
  readonly events: readonly { readonly timeMs: number; readonly name: string; readonly attributes: Attributes }[];
  readonly status: "unset" | "ok" | "error";
  readonly statusMessage: string;
  /** The bytes it took on the wire. */
  readonly size: number;
}

export type SpanKind = (typeof spanKinds)[number];

const spanKinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
const spanStatuses = ["unset", "ok", "error"] as const;

/**
 * Reads an `ExportLogsServiceRequest`, one record after the other.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 */
export function* readLogRecords(request: Uint8Array): Generator<OtlpLogRecord, void> {
  for (const resourceLogs of new MessageView(request).messages(1)) {
    const resource = readResource(resourceLogs);
    for (const scope of resourceLogs.messages(2)) {
      for (const record of scope.messages(2)) yield toLogRecord(record, resource);
    }
  }
}

/** Reads a `LogRecord` by itself, with what is known of the resource that it came from. */
export function readLogRecord(bytes: Uint8Array, resource: Attributes = {}): OtlpLogRecord {
  return toLogRecord(new MessageView(bytes), resource);
}

/**
 * Reads an `ExportTraceServiceRequest`, one span after the other.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function* readSpans(request: Uint8Array): Generator<OtlpSpan, void> {
  for (const resourceSpans of new MessageView(request).messages(1)) {
    const resource = readResource(resourceSpans);
    for (const scope of resourceSpans.messages(2)) {
      for (const span of scope.messages(2)) yield toSpan(span, resource);
    }
  }
}

function readResource(parent: MessageView): Attributes {
  const resource = parent.message(1);
  return resource === undefined ? {} : readAttributes(resource, 1);
}

function toLogRecord(record: MessageView, resource: Attributes): OtlpLogRecord {
  // When it happened, or else when it was seen.
  const time = record.fixed64(1) || record.fixed64(11);
  const body = record.message(5);
  return {
    resource,
    timeMs: toMs(time),
    severity: record.text(3),
    body: body === undefined ? null : readValue(body),
    attributes: readAttributes(record, 6),
    traceId: toHex(record.data(9)),
    spanId: toHex(record.data(10)),
    size: record.end - record.start,
    bytes: record.bytes.subarray(record.start, record.end),
  };
}

function toSpan(span: MessageView, resource: Attributes): OtlpSpan {
  const start = span.fixed64(7);
  const status = span.message(15);
  return {
    resource,
    traceId: toHex(span.data(1)),
    spanId: toHex(span.data(2)),
    parentId: toHex(span.data(4)),
    name: span.text(5),
    kind: spanKinds[span.count(6)] ?? "unspecified",
    startMs: toMs(start),
    durationMs: Math.max(0, toMs(span.fixed64(8) - start)),
    attributes: readAttributes(span, 9),
    events: [...span.messages(11)].map((event) => ({
      timeMs: toMs(event.fixed64(1)),
      name: event.text(2),
      attributes: readAttributes(event, 3),
    })),
    status: spanStatuses[status?.count(3) ?? 0] ?? "unset",
    statusMessage: status?.text(2) ?? "",
    size: span.end - span.start,
  };
}

/** Values within values that are followed before they are called hostile. */
const maxDepth = 20;

function readAttributes(message: MessageView, field: number, depth = 0): Attributes {
  const entries: [string, JsonValue][] = [];
  for (const attribute of message.messages(field)) {
    const value = attribute.message(2);
    entries.push([attribute.text(1), value === undefined ? null : readValue(value, depth)]);
  }
  return Object.fromEntries(entries);
}

/** Reads an `AnyValue`, a oneof: the field that is there says what it is. */
function readValue(value: MessageView, depth = 0): JsonValue {
  if (value.start === value.end || depth > maxDepth) return null;
  switch ((value.bytes[value.start] ?? 0) >>> 3) {
    case 1:
      return value.text(1);
    case 2:
      return value.flag(2);
    case 3:
      return value.integer(3);
    case 4:
      return value.double(4) ?? null;
    case 5:
      return [...(value.message(5)?.messages(1) ?? [])].map((element) => readValue(element, depth + 1));
    case 6: {
      const list = value.message(6);
      return list === undefined ? {} : readAttributes(list, 1, depth + 1);
    }
    case 7:
      return Buffer.from(value.data(7)).toString("base64");
    default:
      return null;
  }
}

/** Nanoseconds to milliseconds, to the microsecond. */
function toMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1000n) / 1000;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
