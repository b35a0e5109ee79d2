import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemResponse } from "../../admin/http-problem.ts";
import type { FleetMetrics } from "./fleet-metrics.ts";
import { contentTypes, type PageFormat, writePage } from "./page.ts";

const glob = z.string().default("*");

/** What nodes send, on one page. */
export function addFleetMetricsRoute(app: FastifyInstance, metrics: FleetMetrics): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/metrics/fleet",
    {
      schema: {
        tags: ["probes"],
        summary: "Metrics of the nodes that send theirs, for Prometheus",
        produces: Object.values(contentTypes),
        querystring: z.object({
          name: glob.describe("A name of a metric, in which `*` stands for any characters"),
          node: glob.describe("The same for node ids"),
          nodeCluster: glob.describe("The same for clusters of nodes"),
        }),
        response: {
          200: z.string().describe("Text of version 0.0.4, or OpenMetrics 1.0.0 for who prefers it"),
          400: problemResponse("The query is not valid"),
        },
      },
    },
    async (request, reply) => {
      const format = preferredFormat(request.headers.accept);
      metrics.sweep(Date.now());
      const pieces = Readable.from(writePage(metrics.families, format, request.query), { objectMode: false });
      // The schema says what is in the body; a stream of it is not looked at.
      return reply.type(contentTypes[format]).send(pieces as unknown as string);
    },
  );
}

/** OpenMetrics if the reader likes it better than text, as Prometheus does. */
export function preferredFormat(accept: string | undefined): PageFormat {
  const quality = { text: 0, openmetrics: 0 };
  for (const range of (accept ?? "").split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const format = name === "application/openmetrics-text" ? "openmetrics" : "text";
    quality[format] = Math.max(quality[format], q === undefined ? 1 : Number(q.slice(2)) || 0);
  }
  return quality.openmetrics > quality.text ? "openmetrics" : "text";
}
