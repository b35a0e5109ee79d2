import { type OtlpOptions, otlpHandlers } from "@chancery/xds/services";
import { withSafeJson } from "../../admin/safe-json.ts";
import type { AccessLogs } from "../access-logs/access-logs.ts";
import type { Service } from "../service.ts";
import { TraceFollowers } from "./followers.ts";
import { addOtlpRoutes } from "./ingest.ts";
import { addTraceRoutes } from "./routes.ts";
import { Traces, type TracesOptions } from "./traces.ts";

export interface TelemetryOptions extends TracesOptions, Pick<OtlpOptions, "authenticate" | "maxQueuedBytes"> {
  /** Where log records go, and where the entries are that belong to traces. */
  readonly logs: Pick<AccessLogs, "takeRecords" | "tail">;
}

/** Takes OpenTelemetry's logs and traces, over gRPC and HTTP: log records become access logs, the last traces are kept. */
export function telemetry(options: TelemetryOptions): Service {
  const { logs, authenticate, maxQueuedBytes, ...tracesOptions } = options;
  const traces = new Traces(tracesOptions);
  const followers = new TraceFollowers(traces);
  const otlp = otlpHandlers({
    // Tens of thousands of records a second; xDS finds the process free at least half of the time.
    maxShare: 0.5,
    onLogRecords: logs.takeRecords,
    onSpans(spans) {
      for (const span of spans) {
        traces.add(span);
        followers.note(span.traceId);
      }
    },
    ...(authenticate && { authenticate }),
    ...(maxQueuedBytes !== undefined && { maxQueuedBytes }),
  });
  return {
    name: "otlp",
    methods: otlp.methods,
    metrics: [
      { name: "chancery_otlp_log_records_total", help: "Log records that came", read: () => otlp.stats.logRecords },
      { name: "chancery_otlp_spans_total", help: "Spans that came", read: () => otlp.stats.spans },
      {
        name: "chancery_otlp_requests_total",
        help: "Requests that came, and whether they were taken or refused because too much was waiting",
        label: "result",
        read: () => {
          const { messages: taken, droppedMessages, refused } = otlp.stats;
          return new Map(Object.entries({ taken, refused: droppedMessages + refused }));
        },
      },
      { name: "chancery_otlp_traces", help: "Traces that are kept", read: () => traces.size.traces },
      {
        name: "chancery_otlp_traces_forgotten_total",
        help: "Traces that had to make room for newer ones",
        read: () => traces.forgotten,
      },
    ],
    addRoutes(app) {
      withSafeJson(app, (scope) => {
        addTraceRoutes(scope, { traces, followers, tail: logs.tail });
        addOtlpRoutes(scope, otlp);
      });
    },
    close: () => followers.close(),
  };
}
