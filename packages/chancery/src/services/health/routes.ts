import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemResponse } from "../../admin/http-problem.ts";
import { sendJsonTexts, toJsonList } from "../../admin/long-answer.ts";
import { inTurns } from "../../turns.ts";
import { type HealthReport, healthReport } from "./api.ts";
import type { ReportFilter } from "./report.ts";

/** What checks found, as JSON. */
export function addHealthRoutes(
  app: FastifyInstance,
  report: (filter: ReportFilter) => Generator<undefined, HealthReport>,
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/api/v1/health",
    {
      schema: {
        tags: ["health"],
        summary: "Get the health of endpoints, and who says so",
        querystring: z.object({
          service: z.string().default("*").describe("A name of a service, in which `*` stands for any characters"),
          only: z.enum(["unhealthy"]).optional().describe("Only endpoints that are, or that a checker finds to be so"),
        }),
        response: { 200: healthReport, 400: problemResponse("The query is not valid") },
      },
    },
    async ({ query }, reply) => {
      const { frozen, checkers, services } = await inTurns(report(query));
      return sendJsonTexts(reply, toTexts(JSON.stringify({ frozen, checkers }), services));
    },
  );
}

/** The texts of the report: there may be very many endpoints. */
function* toTexts(rest: string, services: HealthReport["services"]): Generator<string> {
  yield `${rest.slice(0, -1)},"services":`;
  yield* toJsonList(services);
  yield "}";
}
