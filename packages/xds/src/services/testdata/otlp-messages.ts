import { WireType, WireWriter } from "@chancery/envoy-api/wire";

export type Value = string | boolean | number | Uint8Array | readonly Value[] | { readonly [key: string]: Value };

export interface SpanInit {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly statusCode?: number;
}

/** An `ExportTraceServiceRequest` with one resource. */
export function encodeSpans(resource: Readonly<Record<string, Value>>, spans: readonly SpanInit[]): Buffer {
  return encodeRequest(resource, spans, writeSpan);
}

export interface LogRecordInit {
  readonly timeMs: number;
  readonly traceId?: string;
  readonly body?: Value;
  readonly attributes?: Readonly<Record<string, Value>>;
}

/** An `ExportLogsServiceRequest` with one resource. */
export function encodeLogRecords(resource: Readonly<Record<string, Value>>, records: readonly LogRecordInit[]): Buffer {
  return encodeRequest(resource, records, writeLogRecord);
}

function encodeRequest<T>(
  resource: Readonly<Record<string, Value>>,
  records: readonly T[],
  write: (writer: WireWriter, record: T) => void,
): Buffer {
  const writer = new WireWriter();
  writer.tag(1, WireType.Bytes).fork();
  writer.tag(1, WireType.Bytes).fork();
  writeAttributes(writer, 1, resource);
  writer.join().tag(2, WireType.Bytes).fork();
  for (const record of records) {
    writer.tag(2, WireType.Bytes).fork();
    write(writer, record);
    writer.join();
  }
  return Buffer.from(writer.join().join().finish());
}

function writeSpan(writer: WireWriter, span: SpanInit): void {
  const { traceId, spanId, parentId, name, kind = 2, startMs, endMs, attributes = {}, statusCode } = span;
  writer.tag(1, WireType.Bytes).bytes(Buffer.from(traceId, "hex"));
  writer.tag(2, WireType.Bytes).bytes(Buffer.from(spanId, "hex"));
  if (parentId !== undefined) writer.tag(4, WireType.Bytes).bytes(Buffer.from(parentId, "hex"));
  writer.tag(5, WireType.Bytes).string(name).tag(6, WireType.Varint).int32(kind);
  writer.tag(7, WireType.Fixed64).fixed64(BigInt(startMs) * 1_000_000n);
  writer.tag(8, WireType.Fixed64).fixed64(BigInt(endMs) * 1_000_000n);
  writeAttributes(writer, 9, attributes);
  if (statusCode === undefined) return;
  writer.tag(15, WireType.Bytes).fork().tag(3, WireType.Varint).int32(statusCode).join();
}

function writeLogRecord(writer: WireWriter, { timeMs, traceId, body, attributes = {} }: LogRecordInit): void {
  writer.tag(1, WireType.Fixed64).fixed64(BigInt(timeMs) * 1_000_000n);
  if (body !== undefined) {
    writer.tag(5, WireType.Bytes).fork();
    writeValue(writer, body);
    writer.join();
  }
  writeAttributes(writer, 6, attributes);
  if (traceId !== undefined) writer.tag(9, WireType.Bytes).bytes(Buffer.from(traceId, "hex"));
}

function writeAttributes(writer: WireWriter, field: number, attributes: Readonly<Record<string, Value>>): void {
  for (const [key, value] of Object.entries(attributes)) {
    writer.tag(field, WireType.Bytes).fork().tag(1, WireType.Bytes).string(key).tag(2, WireType.Bytes).fork();
    writeValue(writer, value);
    writer.join().join();
  }
}

function writeValue(writer: WireWriter, value: Value): void {
  if (typeof value === "string") writer.tag(1, WireType.Bytes).string(value);
  else if (typeof value === "boolean") writer.tag(2, WireType.Varint).bool(value);
  else if (Number.isInteger(value)) writer.tag(3, WireType.Varint).int64(BigInt(Number(value)));
  else if (typeof value === "number") writer.tag(4, WireType.Fixed64).double(value);
  else if (value instanceof Uint8Array) writer.tag(7, WireType.Bytes).bytes(value);
  else if (Array.isArray(value)) writeList(writer, value);
  else {
    writer.tag(6, WireType.Bytes).fork();
    // Neither bytes nor a list, which is all that the compiler cannot tell from `readonly`.
    writeAttributes(writer, 1, value as { readonly [key: string]: Value });
    writer.join();
  }
}

function writeList(writer: WireWriter, values: readonly Value[]): void {
  writer.tag(5, WireType.Bytes).fork();
  for (const value of values) {
    writer.tag(1, WireType.Bytes).fork();
    writeValue(writer, value);
    writer.join();
  }
  writer.join();
}
