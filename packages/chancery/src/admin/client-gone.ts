import type { FastifyReply } from "fastify";

/** Aborted when nobody waits for the reply any more: it has been sent, or the client went away. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.destroyed) controller.abort();
  // The request's own `close` comes when its body has been read; that of the response is the end of both.
  else reply.raw.once("close", () => controller.abort());
  return controller.signal;
}
