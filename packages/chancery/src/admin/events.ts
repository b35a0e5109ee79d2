import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { DiscoveryEvent, EventStream } from "@chancery/xds";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { matchesGlob } from "../glob.ts";
import type { AdminContext } from "./app.ts";
import { clientGone } from "./client-gone.ts";
import { eventKinds, toEventMessage } from "./event.ts";
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
      const events = xds.events({ signal: clientGone(reply) });
      const matches = (event: DiscoveryEvent) => wanted.includes(event.kind) && matchesGlob(event.client.node.id, node);
      return reply
        .header("content-type", "text/event-stream")
        .header("cache-control", "no-store")
        .send(Readable.from(toFrames(events, { matches, heartbeatMs })));
    },
  );
}

function readKinds(list: string): readonly string[] {
  const named = list.split(",").map((kind) => kind.trim());
  const unknown = named.find((kind) => !kinds.includes(kind));
  if (unknown === undefined) return named;
  throw new HttpProblem(400, `There are no events of kind "${unknown}"; there are ${kinds.join(", ")}`);
}

interface FrameOptions extends EventOptions {
  matches(event: DiscoveryEvent): boolean;
}

/** The events as text, a comment when there were none for a while, and a count of those that were missed. */
async function* toFrames(events: EventStream, { matches, heartbeatMs }: FrameOptions): AsyncGenerator<string> {
  yield ": what happens from now on\n\n";
  let dropped = 0;
  let silentSinceMs = performance.now();
  for (let next = events.next(); ; ) {
    const result = await orSilence(next, heartbeatMs);
    if (result === undefined || performance.now() - silentSinceMs >= heartbeatMs) {
      yield ":\n\n";
      silentSinceMs = performance.now();
    }
    if (result === undefined) continue;
    if (result.done) return;
    if (events.dropped > dropped) {
      yield toFrame("dropped", { kind: "dropped", count: events.dropped - dropped });
      dropped = events.dropped;
    }
    if (matches(result.value)) {
      yield toFrame(result.value.kind, toEventMessage(result.value, new Date()));
      silentSinceMs = performance.now();
    }
    next = events.next();
  }
}

/** JSON has no line breaks, so it is one line of data. */
function toFrame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What comes, or undefined if nothing does for that long. */
async function orSilence<T>(coming: Promise<T>, silenceMs: number): Promise<T | undefined> {
  const controller = new AbortController();
  const silence = setTimeout(silenceMs, undefined, { signal: controller.signal, ref: false }).catch(() => undefined);
  try {
    return await Promise.race([coming, silence]);
  } finally {
    controller.abort();
  }
}
