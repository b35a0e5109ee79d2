import type { Snapshot } from "@chancery/xds";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { explanation } from "../explain/explanation.ts";
import { readRequest, requestInput } from "../explain/request.ts";
import { strangerWith } from "../fleets/stranger.ts";
import type { AdminContext } from "./app.ts";
import { bodyTypes } from "./bodies.ts";
import { HttpProblem, problemResponse } from "./http-problem.ts";

const body = requestInput.extend({ node: z.string().min(1).describe("The id of an Envoy node") });

/** What a node does with a request, computed from the resources that it is to have. */
export function addExplainRoute(app: FastifyInstance, context: AdminContext): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/api/v1/explain",
    {
      schema: {
        tags: ["explain"],
        summary: "Explain what a node does with a request",
        description:
          "Nothing is sent: the steps follow from the node's resources, which it may not have taken yet. The fleet of a " +
          "node that is not connected is chosen by its id alone.",
        body,
        consumes: [...bodyTypes],
        response: {
          200: explanation,
          400: problemResponse("The request cannot be understood"),
          404: problemResponse("There are no resources for the node"),
        },
      },
    },
    async ({ body: { node, ...input } }) => {
      const layers = layersOf(node, context);
      if (layers.length === 0) throw new HttpProblem(404, `There are no resources for node "${node}"`);
      const read = readRequest(input);
      if (!read.ok) throw new HttpProblem(400, read.message, [{ path: read.path, message: read.message }]);
      const [{ explain }, { resourcesOf }] = await Promise.all([
        import("../explain/explain.ts"),
        import("../explain/resources.ts"),
      ]);
      return explain(resourcesOf(...layers), read.request);
    },
  );
}

/** What its groups have. */
function layersOf(id: string, { snapshots, configuration, xds }: AdminContext): readonly Snapshot[] {
  const connected = [...xds.discovery.clients].find((client) => client.node.id === id);
  const groups = configuration.groupsOf(connected ?? strangerWith(id));
  return groups.map((group) => snapshots.get(group)).filter((snapshot) => snapshot !== undefined);
}
