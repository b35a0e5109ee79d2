import { type RestRequest, restPaths } from "@chancery/xds";
import { Code, StatusError } from "@chancery/xds/grpc";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AdminContext } from "./app.ts";
import { clientGone } from "./client-gone.ts";
import { HttpProblem, problemResponse } from "./http-problem.ts";
import { preferredWaitSeconds } from "./prefer.ts";

const maxWaitSeconds = 60;

const headers = z.looseObject({
  prefer: z
    .string()
    .optional()
    .describe(
      `\`wait=SECONDS\`: for how long, up to ${maxWaitSeconds}, to wait for something new before 304 is answered`,
    ),
});

const request = z.looseObject({}).describe("An `envoy.service.discovery.v3.DiscoveryRequest` as proto3 JSON");
const response = z.unknown().describe("An `envoy.service.discovery.v3.DiscoveryResponse` as proto3 JSON");

/**
 * xDS over REST-JSON, which Envoys poll.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#rest-json-polling-subscriptions
 */
export function addDiscoveryRoutes(app: FastifyInstance, { xds }: AdminContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  for (const path of restPaths) {
    routes.post(
      // One colon would begin a parameter.
      path.replaceAll(":", "::"),
      {
        config: { callers: "programs" },
        schema: {
          tags: ["xds"],
          summary: `Poll ${path.slice(path.lastIndexOf(":") + 1).replaceAll("_", " ")}`,
          headers,
          body: request,
          response: {
            200: response,
            304: z.void().describe("The version is the one that the client has, or there is none for its node"),
            400: problemResponse("The request is not valid"),
          },
        },
      },
      async (request, reply) => {
        const waitSeconds = preferredWaitSeconds(request.headers.prefer);
        const wait = Math.min(waitSeconds ?? 0, maxWaitSeconds);
        if (waitSeconds !== undefined) reply.header("preference-applied", `wait=${wait}`);
        const answer = await xds
          .rest({
            path,
            body: request.body,
            peer: toPeer(request),
            metadata: request.headers,
            waitMs: wait * 1000,
            signal: clientGone(reply),
          })
          .catch(refuse);
        if (answer.status === 200) return reply.send(answer.body);
        if (answer.status === 304) return reply.code(304).send();
        if (answer.status === 404) throw new HttpProblem(404, `There is no "${path}"`);
        throw new HttpProblem(400, "The request is not valid", answer.problems);
      },
    );
  }
}

function toPeer({ socket }: FastifyRequest): RestRequest["peer"] {
  const { remoteAddress = "", remotePort = 0 } = socket;
  return { address: remoteAddress, port: remotePort, secure: false };
}

const statuses: ReadonlyMap<Code, number> = new Map([
  [Code.INVALID_ARGUMENT, 400],
  [Code.UNAUTHENTICATED, 401],
  [Code.PERMISSION_DENIED, 403],
  [Code.NOT_FOUND, 404],
  [Code.RESOURCE_EXHAUSTED, 429],
  [Code.UNAVAILABLE, 503],
]);

/** What hooks refuse with as gRPC says it, as HTTP says it. */
function refuse(error: unknown): never {
  if (!(error instanceof StatusError)) throw error;
  const status = statuses.get(error.code);
  throw status === undefined ? error : new HttpProblem(status, error.message);
}
