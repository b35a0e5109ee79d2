import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AdminContext } from "./app.ts";
import { HttpProblem, problemResponse } from "./http-problem.ts";

const status = z.object({ status: z.string() }).describe("Yes");

/** What orchestrators and monitoring ask: is it alive, may it get traffic, how is it doing. */
export function addProbes(app: FastifyInstance, context: AdminContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["probes"];

  routes.get(
    "/healthz",
    { schema: { tags, summary: "Whether the process is alive", response: { 200: status } } },
    async () => ({ status: "alive" }),
  );

  routes.get(
    "/readyz",
    {
      schema: {
        tags,
        summary: "Whether clients may be sent here",
        response: { 200: status, 503: problemResponse("Not yet, or not any more") },
      },
    },
    async () => {
      const reason = context.unready();
      if (reason !== undefined) throw new HttpProblem(503, reason);
      return { status: "ready" };
    },
  );

  routes.get(
    "/metrics",
    {
      schema: {
        tags,
        summary: "Metrics for Prometheus",
        produces: ["text/plain"],
        response: { 200: z.string().describe("Text of version 0.0.4") },
      },
    },
    async (_request, reply) => reply.type(context.metrics.contentType).send(await context.metrics.read()),
  );
}
