import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemResponse } from "../../admin/http-problem.ts";
import { type HealthReport, healthReport } from "./api.ts";
import type { ReportFilter } from "./report.ts";

/** What checks found, as JSON. */
export function addHealthRoutes(app: FastifyInstance, report: (filter: ReportFilter) => HealthReport): void {
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
    async ({ query }) => report(query),
  );
}
