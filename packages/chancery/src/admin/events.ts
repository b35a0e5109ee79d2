import type { DiscoveryEvent } from "@chancery/xds";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { matchesGlob } from "../glob.ts";
import type { AdminContext } from "./app.ts";
import { clientGone } from "./client-gone.ts";
import { eventKinds, toEventMessage } from "./event.ts";
import { sendEvents } from "./event-stream.ts";
import { HttpProblem, problemResponse } from "./http-problem.ts";

export interface EventOptions {
  /** How long a stream of events may be silent before a comment is sent. */
  readonly heartbeatMs: number;
}

const kinds = Object.keys(eventKinds);
const kindHelp = Object.entries(eventKinds).map(([kind, what]) => `\`${kind}\` (${what})`);

const query = z.object({
  node: z.string().optional().describe("A node id, in which `*` stands for any characters"),
  kind: z
    .string()
    .optional()
    .describe(`One or more, with commas between them: ${kindHelp.join(", ")}`),
});

/**
 * What happens to clients, as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function addEventRoutes(app: FastifyInstance, { xds }: AdminContext, { heartbeatMs }: EventOptions): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/api/v1/events",
    {
      schema: {
        tags: ["clients"],
        summary: "Follow what happens to clients",
        description:
          "Server-sent events from now on: `event` is the kind, `data` is JSON. Who reads too slowly misses some, and " +
          "is told how many by an event `dropped`.",
        querystring: query,
        produces: ["text/event-stream"],
        response: {
          200: z.unknown().describe("Events until the client goes away"),
          400: problemResponse("No such kind"),
        },
      },
    },
    async (request, reply) => {
      const { node = "*", kind } = request.query;
      const wanted = kind === undefined ? kinds : readKinds(kind);
      const matches = (event: DiscoveryEvent) => wanted.includes(event.kind) && matchesGlob(event.client.node.id, node);
      return sendEvents(reply, xds.events({ signal: clientGone(reply), matches }), {
        greeting: "what happens from now on",
        toFrame: (event) => ({ event: event.kind, data: toEventMessage(event, new Date()) }),
        heartbeatMs,
      });
    },
  );
}

function readKinds(list: string): readonly string[] {
  const named = list.split(",").map((kind) => kind.trim());
  const unknown = named.find((kind) => !kinds.includes(kind));
  if (unknown === undefined) return named;
  throw new HttpProblem(400, `There are no events of kind "${unknown}"; there are ${kinds.join(", ")}`);
}
