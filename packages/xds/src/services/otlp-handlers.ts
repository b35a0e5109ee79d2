import { type Admission, Code, type GrpcCall, StatusError, unary } from "../grpc/index.ts";
import { FieldReader } from "./fields.ts";
import { Intake, type IntakeOptions, type IntakeStats } from "./intake.ts";
import { type ServiceMethod, toRefusal } from "./node-streams.ts";
import { type OtlpLogRecord, type OtlpSpan, readLogRecords, readSpans } from "./otlp.ts";
import { inPortions } from "./portions.ts";

export interface OtlpOptions extends IntakeOptions {
  /** Take records as they come, some dozens at a time; those of one request may come in several calls. */
  onLogRecords(records: readonly OtlpLogRecord[]): void;
  onSpans(spans: readonly OtlpSpan[]): void;
  /** Throws a `StatusError` to refuse a call. Default: everyone may send. */
  readonly authenticate?: (call: GrpcCall) => void;
}

/** What came. A live view. */
export interface OtlpStats extends IntakeStats {
  readonly logRecords: number;
  readonly spans: number;
  /** Calls that were refused as UNAVAILABLE before they were read, since others had been dropped a moment ago. */
  readonly refused: number;
}

export interface OtlpHandlers {
  readonly methods: readonly ServiceMethod[];
  readonly stats: OtlpStats;
  /**
   * Takes a request that came over HTTP; resolves with false when it was dropped, as too much was waiting. Rejects with a
   * `StatusError` if it is no message.
   */
  takeLogs(request: Uint8Array): Promise<boolean>;
  takeSpans(request: Uint8Array): Promise<boolean>;
}

/**
 * Receives logs and traces by the OpenTelemetry protocol. Requests wait in a bounded queue; what is dropped is answered
 * as UNAVAILABLE, so that the sender may try again.
 * https://opentelemetry.io/docs/specs/otlp/
 */
export function otlpHandlers(options: OtlpOptions): OtlpHandlers {
  const { onLogRecords, onSpans, authenticate, maxQueuedBytes = 64 * 1024 * 1024, ...intakeOptions } = options;
  const intake = new Intake({ maxQueuedBytes, ...intakeOptions });
  const counts = { logRecords: 0, spans: 0, refused: 0 };
  const admission: Admission = {
    admit() {
      if (!intake.overloaded) return undefined;
      counts.refused++;
      return refusal;
    },
  };

  const takeLogs = async (request: Uint8Array) => {
    checkMessage(request);
    return await intake.put(request.length, () =>
      inPortions(readLogRecords(request), (records) => {
        counts.logRecords += records.length;
        onLogRecords(records);
      }),
    );
  };
  const takeSpans = async (request: Uint8Array) => {
    checkMessage(request);
    return await intake.put(request.length, () =>
      inPortions(readSpans(request), (spans) => {
        counts.spans += spans.length;
        onSpans(spans);
      }),
    );
  };
  const serve = (take: (request: Uint8Array) => Promise<boolean>) =>
    unary(async (request, call) => {
      authenticate?.(call);
      if (await take(request)) return accepted;
      throw refusal;
    });

  return {
    methods: [
      { method: `/${collector}.logs.v1.LogsService/Export`, open: serve(takeLogs), options: { admission } },
      { method: `/${collector}.trace.v1.TraceService/Export`, open: serve(takeSpans), options: { admission } },
    ],
    get stats() {
      return { ...intake.stats, ...counts };
    },
    takeLogs,
    takeSpans,
  };
}

/** What is malformed further inside is passed over; what is no message at all is not worth another try. */
function checkMessage(request: Uint8Array): void {
  try {
    for (const reader = new FieldReader(request); reader.next(); );
  } catch (error) {
    throw toRefusal(error);
  }
}

const refusal = new StatusError(Code.UNAVAILABLE, "too much is waiting here; try again later");

const collector = "opentelemetry.proto.collector";

/** A response without a partial success: all of it was taken. */
const accepted = new Uint8Array();
