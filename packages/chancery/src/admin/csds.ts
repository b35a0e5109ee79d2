import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AdminContext } from "./app.ts";
import { HttpProblem, problemResponse } from "./http-problem.ts";
import { sendJsonTexts, toJsonList } from "./long-answer.ts";

const body = z.looseObject({}).describe("An `envoy.service.status.v3.ClientStatusRequest` as proto3 JSON");
const response = z.unknown().describe("An `envoy.service.status.v3.ClientStatusResponse` as proto3 JSON");

/**
 * The client status discovery service as REST-JSON. It shows all clients, so it is guarded like the rest of the API.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/status/v3/csds.proto
 */
export function addCsdsRoute(app: FastifyInstance, { xds }: AdminContext): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    // One colon would begin a parameter.
    "/v3/discovery::client_status",
    {
      schema: {
        tags: ["clients"],
        summary: "Get what clients have of what they are to have (CSDS)",
        description: "Secrets are hidden, and what cannot be shown without them is left out.",
        body,
        response: { 200: response, 400: problemResponse("The request is not valid") },
      },
    },
    async (request, reply) => {
      const answer = xds.clientStatus(request.body);
      if (answer.ok) return sendJsonTexts(reply, toTexts(answer.configs));
      throw new HttpProblem(400, "The request is not valid", answer.problems);
    },
  );
}

function* toTexts(configs: Iterable<object>): Generator<string> {
  yield '{"config":';
  yield* toJsonList(configs);
  yield "}";
}
