import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { toLogMessage } from "./message.ts";
import type { LogRecord, LogSource } from "./record.ts";

/**
 * Entries as an `ExportLogsServiceRequest` of OpenTelemetry, in the words of its semantic conventions where it has them; a
 * step for each entry.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector/logs/v1/logs_service.proto
 */
export function* encodeLogs(records: readonly LogRecord[]): Generator<undefined, Uint8Array<ArrayBuffer>> {
  const writer = new WireWriter(4096);
  for (const [source, logs] of Map.groupBy(records, ({ source }) => source)) {
    writer.tag(1, WireType.Bytes).fork();
    writer.tag(1, WireType.Bytes).fork();
    writeAttributes(writer, 1, toResource(source));
    writer.join().tag(2, WireType.Bytes).fork();
    writer.tag(1, WireType.Bytes).fork().tag(1, WireType.Bytes).string("chancery").join();
    for (const record of logs) {
      writer.tag(2, WireType.Bytes).fork();
      writeRecord(writer, record);
      writer.join();
      yield;
    }
    writer.join().join();
  }
  return writer.finish();
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function toResource({ node, cluster, log }: LogSource): Attributes {
  return { "service.name": cluster || "envoy", "service.instance.id": node, log_name: log };
}

function writeRecord(writer: WireWriter, record: LogRecord): void {
  const message = toLogMessage(record);
  const { traceId } = record.entry;
  const severity = toSeverity(record);
  writer.tag(1, WireType.Fixed64).fixed64(toNanoseconds(Date.parse(message.at)));
  writer.tag(2, WireType.Varint).int32(severity.number).tag(3, WireType.Bytes).string(severity.text);
  const { method, path, kind, status, flags = [], upstream, downstream, headers = {}, tags = {} } = message;
  const names = flags.map(({ flag }) => flag).join(",");
  const line = [method ?? kind, path, status, names].filter(Boolean).join(" ");
  writer.tag(5, WireType.Bytes).fork().tag(1, WireType.Bytes).string(line.toWellFormed()).join();
  writeAttributes(writer, 6, {
    "http.request.method": method,
    "url.scheme": message.scheme,
    "url.path": path,
    "server.address": message.authority,
    "http.response.status_code": status,
    "user_agent.original": message.userAgent,
    "client.address": downstream?.address,
    "http.request.header.x-request-id": message.requestId,
    "http.request.header.x-forwarded-for": message.forwardedFor,
    "http.request.header.referer": message.referer,
    "envoy.access_log_type": message.type,
    "envoy.protocol": message.protocol,
    "envoy.route_name": message.route,
    "envoy.response_flags": names || undefined,
    "envoy.response_code_details": message.details,
    "envoy.duration": message.durationMs,
    "envoy.upstream_cluster": upstream?.cluster,
    "envoy.upstream_host": upstream?.host,
    "envoy.upstream_request_attempt_count": upstream?.attempts,
    "envoy.upstream_transport_failure_reason": upstream?.failure,
    "envoy.bytes_received": message.bytes?.received,
    "envoy.bytes_sent": message.bytes?.sent,
    ...prefixed("http.request.header.", headers.request),
    ...prefixed("http.response.header.", headers.response),
    ...prefixed("envoy.tag.", tags),
    ...texts(message.attributes),
  });
  if (traceId !== "") writer.tag(9, WireType.Bytes).bytes(Buffer.from(traceId, "hex"));
  writer.tag(11, WireType.Fixed64).fixed64(toNanoseconds(record.receivedMs));
}

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
function toSeverity({ entry: { status, flags } }: LogRecord): { readonly number: number; readonly text: string } {
  if (status >= 500 || (status === 0 && flags.some(({ failure }) => failure))) return { number: 17, text: "ERROR" };
  return status >= 400 ? { number: 13, text: "WARN" } : { number: 9, text: "INFO" };
}

function toNanoseconds(ms: number): bigint {
  return BigInt(Math.max(0, Math.round(ms * 1000))) * 1000n;
}

function prefixed(prefix: string, members: Attributes = {}): Attributes {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [prefix + name.toLowerCase(), value]));
}

/** Values of other types become JSON. */
function texts(attributes: Readonly<Record<string, unknown>> = {}): Attributes {
  const isPlain = (value: unknown) => typeof value === "string" || typeof value === "number";
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, isPlain(value) ? value : JSON.stringify(value)]),
  ) as Attributes; // what is neither is text now
}

function writeAttributes(writer: WireWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    writer.tag(field, WireType.Bytes).fork().tag(1, WireType.Bytes).string(key.toWellFormed());
    writer.tag(2, WireType.Bytes).fork();
    if (typeof value === "string") writer.tag(1, WireType.Bytes).string(value.toWellFormed());
    else if (Number.isSafeInteger(value)) writer.tag(3, WireType.Varint).int64(BigInt(value));
    else writer.tag(4, WireType.Fixed64).double(value);
    writer.join().join();
  }
}
