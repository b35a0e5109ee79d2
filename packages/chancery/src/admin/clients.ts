import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { matchesGlob } from "../glob.ts";
import type { AdminContext } from "./app.ts";
import { clientStatus, toClientStatus } from "./client-status.ts";
import { HttpProblem, problemResponse } from "./http-problem.ts";

const query = z.object({
  node: z.string().optional().describe("A node id, in which `*` stands for any characters"),
  cluster: z.string().optional().describe("The same for the cluster of the node"),
  inSync: z.enum(["true", "false"]).optional().describe("Only those that have, or do not have, all there is for them"),
});

const params = z.object({ node: z.string().min(1).describe("The id of an Envoy node, percent-encoded") });

/** Who is connected, and what they have. */
export function addClientRoutes(app: FastifyInstance, { xds }: AdminContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["clients"];

  routes.get(
    "/api/v1/clients",
    {
      schema: {
        tags,
        summary: "List the connected clients",
        querystring: query,
        response: { 200: z.array(clientStatus).describe("By node id; one for each stream"), 400: badQuery },
      },
    },
    async ({ query: { node = "*", cluster = "*", inSync } }) =>
      [...xds.discovery.clients]
        .filter((client) => matchesGlob(client.node.id, node) && matchesGlob(client.node.cluster, cluster))
        .map(toClientStatus)
        .filter((status) => inSync === undefined || String(status.inSync) === inSync)
        .sort((a, b) => compare(a.node.id, b.node.id) || a.id - b.id),
  );

  routes.get(
    "/api/v1/clients/:node",
    {
      schema: {
        tags,
        summary: "Get the streams of a node",
        params,
        response: {
          200: z.array(clientStatus).describe("Several if it has a stream for each type, or if Envoys share its id"),
          404: problemResponse("The node is not connected"),
        },
      },
    },
    async ({ params: { node } }) => {
      const clients = [...xds.discovery.clients].filter((client) => client.node.id === node);
      if (clients.length === 0) throw new HttpProblem(404, `Node "${node}" is not connected`);
      return clients.map(toClientStatus);
    },
  );
}

const badQuery = problemResponse("The query is not valid");

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
