import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { clientGone } from "../../admin/client-gone.ts";
import { HttpProblem, problemResponse } from "../../admin/http-problem.ts";
import { matchesGlob } from "../../glob.ts";
import { matchesDuration, toMs } from "../../model/duration.ts";
import { toLogMessage } from "../access-logs/message.ts";
import type { Tail } from "../access-logs/tail.ts";
import { requestIdsOf, toTraceMessage, toTraceSummary, traceMessage, traceSummary } from "./message.ts";
import type { Traces } from "./traces.ts";

interface TraceContext {
  readonly traces: Traces;
  /** Where the entries are that belong to traces. */
  readonly tail: Pick<Tail, "search">;
}

const query = z.object({
  service: z.string().optional().describe("Only with a span of this `service.name`; * stands for any characters"),
  name: z.string().optional().describe("The same for the name of the first span"),
  "min-duration": z.string().optional().describe("Only those that took that long, such as 250ms"),
  error: z.enum(["true", "false"]).optional().describe("Only those with an error, or without"),
  limit: z.coerce.number().int().min(0).max(10_000).default(100),
});

const params = z.object({ id: z.string().describe("32 hexadecimal digits") });

/** More entries than that of one trace help nobody. */
const maxLogs = 500;

/** The last traces, each with the entries of access logs that belong to it. */
export function addTraceRoutes(app: FastifyInstance, { traces, tail }: TraceContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["traces"];

  routes.get(
    "/api/v1/traces",
    {
      schema: {
        tags,
        summary: "List the last traces",
        querystring: query,
        response: {
          200: z.array(traceSummary).describe("Those to which something was added last come first"),
          400: problemResponse("The query is not valid"),
        },
      },
    },
    async ({ query: { service = "*", name = "*", error, limit, ...rest } }) => {
      const leastMs = readDuration(rest["min-duration"]);
      return [...traces]
        .reverse()
        .map(toTraceSummary)
        .filter((trace) => trace.durationMs >= leastMs && matchesGlob(trace.name, name))
        .filter(({ services }) => service === "*" || services.some((text) => matchesGlob(text, service)))
        .filter((trace) => error === undefined || String(trace.error) === error)
        .slice(0, limit);
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

function readDuration(text = "0s"): number {
  if (matchesDuration(text)) return toMs(text);
  const message = `"${text}" would have to be a duration such as 250ms or 1.5s`;
  throw new HttpProblem(400, `The query is not valid: ${message}`, [{ path: "min-duration", message }]);
}
