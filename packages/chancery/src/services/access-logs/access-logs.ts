import { resolve } from "node:path";
import {
  type AccessLogStats,
  type AccessLogStream,
  accessLogHandlers,
  type NodeStreamOptions,
  type OtlpLogRecord,
} from "@chancery/xds/services";
import { withSafeJson } from "../../admin/safe-json.ts";
import type { Logger } from "../../logs.ts";
import type { Service } from "../service.ts";
import { logFamilies } from "./families.ts";
import { type FileSinkOptions, fileSink } from "./file-sink.ts";
import { toOtelEntry, toOtelSource } from "./otel-entry.ts";
import { type OtlpSinkOptions, otlpSink } from "./otlp-sink.ts";
import { keep, type LentEntry, type LogSource } from "./record.ts";
import { RequestCounts, type RequestCountsOptions } from "./requests.ts";
import { addLogRoutes } from "./routes.ts";
import type { Sink } from "./sink.ts";
import { Tail, type TailOptions } from "./tail.ts";

export interface AccessLogsOptions extends TailOptions, RequestCountsOptions {
  /** Write entries to a file, as lines of JSON. */
  readonly file?: FileSinkOptions | undefined;
  /** Export entries to a collector of OpenTelemetry. */
  readonly otlp?: OtlpSinkOptions | undefined;
  /** How streams of entries are bounded. */
  readonly streams?: Pick<
    NodeStreamOptions,
    "authenticate" | "maxQueuedBytes" | "maxWaitMs" | "maxShare" | "maxStreamsPerNode"
  >;
}

/** The access logs of all Envoys. */
export interface AccessLogs extends Service {
  readonly tail: Tail;
  readonly requests: RequestCounts;
  readonly sinks: readonly Sink[];
  readonly stats: AccessLogStats;
  /** Takes records of OpenTelemetry as entries. */
  takeRecords(records: readonly OtlpLogRecord[]): void;
}

interface AccessLogsContext {
  readonly log: Logger;
  /** What a relative path of a file starts from. */
  readonly cwd: string;
}

/** Takes access logs, keeps the newest, counts requests by route and cluster, and writes entries to files and collectors. */
export function accessLogs(options: AccessLogsOptions, { log, cwd }: AccessLogsContext): AccessLogs {
  const { file, otlp, streams = {} } = options;
  const tail = new Tail(options);
  const requests = new RequestCounts(options);
  const sinks = [file && fileSink({ ...file, path: resolve(cwd, file.path) }, log), otlp && otlpSink(otlp, log)].filter(
    (sink) => sink !== undefined,
  );

  const take = (entry: LentEntry, source: LogSource, nowMs: number): void => {
    const id = tail.add(entry, source, nowMs);
    requests.add(entry);
    if (sinks.length === 0) return;
    const record = keep({ id, receivedMs: nowMs, source, entry });
    for (const sink of sinks) sink.put(record);
  };

  const sourceOf = remembering((stream: AccessLogStream) => toSource(stream));
  const sourceOfRecords = remembering(toOtelSource);
  const handlers = accessLogHandlers({
    // Enough for 50,000 entries a second and more; the rest of the time is for xDS.
    maxShare: 0.4,
    ...streams,
    onEntries(entries, stream) {
      const source = sourceOf(stream);
      const nowMs = Date.now();
      for (const entry of entries) take(entry, source, nowMs);
    },
  });

  return {
    name: "access",
    methods: handlers.methods,
    metrics: logFamilies({ requests, tail, sinks, stats: () => handlers.stats }),
    ...{ tail, requests, sinks },
    get stats() {
      return handlers.stats;
    },
    takeRecords(records) {
      const nowMs = Date.now();
      for (const record of records) take(toOtelEntry(record), sourceOfRecords(record.resource), nowMs);
    },
    addRoutes(app) {
      const context = { tail, requests, sinks, stats: () => handlers.stats };
      withSafeJson(app, (scope) => addLogRoutes(scope, context));
    },
    async close() {
      tail.close();
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

function toSource({ node, logName }: AccessLogStream): LogSource {
  return { node: node.id, cluster: node.cluster, log: logName };
}

/** All entries of a stream share one. */
function remembering<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}
