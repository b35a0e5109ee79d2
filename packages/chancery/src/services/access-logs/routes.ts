import type { AccessLogStats } from "@chancery/xds/services";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { clientGone } from "../../admin/client-gone.ts";
import { type EventFrame, sendEvents } from "../../admin/event-stream.ts";
import { HttpProblem, problemResponse } from "../../admin/http-problem.ts";
import { sendJsonList } from "../../admin/long-answer.ts";
import { type LogFilterName, type LogQuery, logFilters, readLogQuery } from "./filter.ts";
import { logMessage, toLogMessage } from "./message.ts";
import type { LogRecord } from "./record.ts";
import { quantileMs, type RequestCounts, requestsOf, statusClasses } from "./requests.ts";
import type { Sink } from "./sink.ts";
import type { Tail } from "./tail.ts";

interface LogContext {
  readonly tail: Tail;
  readonly requests: RequestCounts;
  readonly sinks: readonly Sink[];
  stats(): AccessLogStats;
}

const maxLimit = 10_000;

const limit = z.coerce.number().int().min(0).max(maxLimit);

const filters = z.object(
  // Object.fromEntries forgets the names.
  Object.fromEntries(
    Object.entries(logFilters).map(([name, { help }]) => [name, z.string().optional().describe(help)]),
  ) as Record<LogFilterName, z.ZodOptional<z.ZodString>>,
);

const whole = z.enum(["true", "false"]).optional().describe("Whether to add all that Envoy said, as `entry`");

const sinkCounts = z.object({ name: z.string(), written: z.int(), lost: z.int(), queued: z.int() });

/** What came, what is kept, and what was lost. */
export const logSummary = z.object({
  taken: z.int().describe("Entries that came as access logs and were taken"),
  dropped: z.int().describe("Entries that came and were dropped because too much was waiting"),
  streams: z.int().describe("Streams of access logs open now"),
  kept: z.object({ entries: z.int(), bytes: z.int() }).describe("What can be searched"),
  sinks: z.array(sinkCounts).describe("What was written to files and collectors"),
  requests: z.array(
    z.object({
      route: z.string(),
      upstreamCluster: z.string(),
      requests: z.int(),
      errors: z.int().describe("Those that ended as 5xx, or without a response because something failed"),
      statuses: z.record(z.string(), z.int()).describe("How many by class; connections are under `none`"),
      p50Ms: z.number().optional(),
      p90Ms: z.number().optional(),
      p99Ms: z.number().optional(),
    }),
  ),
});

export type LogSummary = z.infer<typeof logSummary>;

/** Searching and following access logs. */
export function addLogRoutes(app: FastifyInstance, { tail, requests, sinks, stats }: LogContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["access logs"];
  const badQuery = problemResponse("The query is not valid");

  routes.get(
    "/api/v1/logs",
    {
      schema: {
        tags,
        summary: "Search access logs",
        description:
          "The newest entries that match, the oldest of them first. Credentials in headers are hidden; all else is as " +
          "whoever sent the request wrote it.",
        querystring: filters.extend({
          limit: limit.default(100).describe("How many at most"),
          before: z.coerce.number().int().optional().describe("Only those before the one of this id, to go on"),
          whole,
        }),
        response: { 200: z.array(logMessage), 400: badQuery },
      },
    },
    async ({ query: { limit, before, whole, ...query } }, reply) => {
      const matches = readMatches(query);
      const found = await tail.search(matches, { limit, before, signal: clientGone(reply) });
      return sendJsonList(
        reply,
        found.values().map((record) => toLogMessage(record, whole === "true")),
      );
    },
  );

  routes.get(
    "/api/v1/logs/follow",
    {
      schema: {
        tags,
        summary: "Follow access logs",
        description:
          "Server-sent events of the name `entry`: first the last of what there is, then what comes. Who reads too " +
          "slowly misses some, and is told how many by an event `dropped`.",
        querystring: filters.extend({
          last: limit.default(0).describe("How many of those that there are to begin with"),
          whole,
        }),
        produces: ["text/event-stream"],
        response: { 200: z.unknown().describe("Events until the client goes away"), 400: badQuery },
      },
    },
    async (request, reply) => {
      const { last, whole, ...query } = request.query;
      const matches = readMatches(query);
      const signal = clientGone(reply);
      const toFrame = (record: LogRecord): EventFrame => ({
        event: "entry",
        data: toLogMessage(record, whole === "true"),
      });
      // What comes while it is searched waits in the stream.
      const events = tail.follow(matches, signal);
      const before = await tail.search(matches, { limit: last, before: tail.lastId + 1, signal });
      return sendEvents(reply, events, {
        greeting: "access logs, as they come",
        first: before.values().map(toFrame),
        toFrame,
      });
    },
  );

  routes.get(
    "/api/v1/logs/summary",
    {
      schema: {
        tags,
        summary: "Requests, errors and durations by route and upstream cluster, and what became of the logs",
        response: { 200: logSummary },
      },
    },
    async () => {
      const { entries, droppedEntries, streams } = stats();
      const series = [...requests].map((series) => ({
        route: series.route,
        upstreamCluster: series.cluster,
        requests: requestsOf(series),
        errors: series.errors,
        statuses: Object.fromEntries(statusClasses.map((name, index) => [name, series.byClass[index] ?? 0])),
        ...quantiles(series),
      }));
      return {
        ...{ taken: entries, dropped: droppedEntries, streams, kept: tail.size },
        sinks: sinks.map(({ name, stats }) => ({ name, ...stats })),
        requests: series.sort((a, b) => b.requests - a.requests),
      };
    },
  );
}

function readMatches(query: LogQuery): (record: LogRecord) => boolean {
  const read = readLogQuery(query, Date.now());
  if (read.ok) return read.matches;
  const named = read.problems.map(({ path, message }) => `${path} ${message}`);
  throw new HttpProblem(400, `The query is not valid: ${named.join("; ")}`, read.problems);
}

function quantiles(series: Parameters<typeof quantileMs>[0]): { p50Ms?: number; p90Ms?: number; p99Ms?: number } {
  const [p50Ms, p90Ms, p99Ms] = [0.5, 0.9, 0.99].map((share) => quantileMs(series, share));
  if (p50Ms === undefined || p90Ms === undefined || p99Ms === undefined) return {};
  return { p50Ms, p90Ms, p99Ms };
}
