import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { clientGone } from "../../admin/client-gone.ts";
import { type EventFrame, sendEvents } from "../../admin/event-stream.ts";
import { HttpProblem, problemResponse } from "../../admin/http-problem.ts";
import { matchesGlob } from "../../glob.ts";
import { matchesDuration, toMs } from "../../model/duration.ts";
import { toLogMessage } from "../access-logs/message.ts";
import type { Tail } from "../access-logs/tail.ts";
import type { TraceFollowers } from "./followers.ts";
import {
  requestIdsOf,
  type TraceSummary,
  toTraceMessage,
  toTraceSummary,
  traceMessage,
  traceSummary,
} from "./message.ts";
import type { Traces } from "./traces.ts";

interface TraceContext {
  readonly traces: Traces;
  readonly followers: TraceFollowers;
  /** Where the entries are that belong to traces. */
  readonly tail: Pick<Tail, "search">;
}

const limit = z.coerce.number().int().min(0).max(10_000);

const filters = z.object({
  service: z.string().optional().describe("Only with a span of this `service.name`; * stands for any characters"),
  name: z.string().optional().describe("The same for the name of the first span"),
  "min-duration": z.string().optional().describe("Only those that took that long, such as 250ms"),
  error: z.enum(["true", "false"]).optional().describe("Only those with an error, or without"),
});

const params = z.object({ id: z.string().describe("32 hexadecimal digits") });

/** More entries than that of one trace help nobody. */
const maxLogs = 500;

/** The last traces, each with the entries of access logs that belong to it. */
export function addTraceRoutes(app: FastifyInstance, { traces, followers, tail }: TraceContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["traces"];
  const badQuery = problemResponse("The query is not valid");
  /** Those to which something was added last come first. */
  const search = (matches: (trace: TraceSummary) => boolean, limit: number) =>
    [...traces].reverse().values().map(toTraceSummary).filter(matches).take(limit).toArray();

  routes.get(
    "/api/v1/traces",
    {
      schema: {
        tags,
        summary: "List the last traces",
        querystring: filters.extend({ limit: limit.default(100).describe("How many at most") }),
        response: {
          200: z.array(traceSummary).describe("Those to which something was added last come first"),
          400: badQuery,
        },
      },
    },
    async ({ query: { limit, ...query } }) => search(readMatches(query), limit),
  );

  routes.get(
    "/api/v1/traces/follow",
    {
      schema: {
        tags,
        summary: "Follow traces",
        description:
          "Server-sent events of the name `trace`: first the last of what there is, then each to which something was " +
          "added, when nothing more has come for a second; one that goes on after that comes again. Who reads too slowly " +
          "misses some, and is told how many by an event `dropped`.",
        querystring: filters.extend({
          last: limit.default(0).describe("How many of those that there are to begin with"),
        }),
        produces: ["text/event-stream"],
        response: { 200: z.unknown().describe("Events until the client goes away"), 400: badQuery },
      },
    },
    async ({ query: { last, ...query } }, reply) => {
      const matches = readMatches(query);
      const toFrame = (data: TraceSummary): EventFrame => ({ event: "trace", data });
      const events = followers.follow(matches, clientGone(reply));
      const first = search(matches, last).reverse().values().map(toFrame);
      return sendEvents(reply, events, { greeting: "traces, as they come", first, toFrame });
    },
  );

  routes.get(
    "/api/v1/traces/:id",
    {
      schema: {
        tags,
        summary: "Get a trace, and the entries of access logs that belong to it",
        params,
        response: { 200: traceMessage, 404: problemResponse("There is no such trace, or not any more") },
      },
    },
    async ({ params }, reply) => {
      const id = params.id.toLowerCase();
      const trace = traces.get(id);
      if (trace === undefined) throw new HttpProblem(404, `There is no trace "${params.id}", or not any more`);
      const requests = requestIdsOf(trace);
      const logs = await tail.search(({ entry }) => entry.traceId === id || requests.has(entry.requestId), {
        limit: maxLogs,
        signal: clientGone(reply),
      });
      return { ...toTraceMessage(trace), logs: logs.map((record) => toLogMessage(record)) };
    },
  );
}

/** Throws a problem that names what of a query cannot be read. */
function readMatches(query: z.output<typeof filters>): (trace: TraceSummary) => boolean {
  const { service = "*", name = "*", error } = query;
  const leastMs = readDuration(query["min-duration"]);
  return (trace) =>
    trace.durationMs >= leastMs &&
    matchesGlob(trace.name, name) &&
    (service === "*" || trace.services.some((text) => matchesGlob(text, service))) &&
    (error === undefined || String(trace.error) === error);
}

function readDuration(text = "0s"): number {
  if (matchesDuration(text)) return toMs(text);
  const message = `"${text}" would have to be a duration such as 250ms or 1.5s`;
  throw new HttpProblem(400, `The query is not valid: min-duration ${message}`, [{ path: "min-duration", message }]);
}
