import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { escapeJsonLines } from "../text-safety.ts";
import { piecesInTurns } from "../turns.ts";

/** Answers with texts that may be many: they are made while they are sent, with room for everything else in between. */
export function sendTexts(reply: FastifyReply, type: string, texts: Iterable<string>): FastifyReply {
  return reply.type(type).send(Readable.from(piecesInTurns(texts), { objectMode: false }));
}

/** The same as JSON. What strangers wrote in it does not steer the terminal of whoever reads it. */
export function sendJsonTexts(reply: FastifyReply, texts: Iterable<string>): FastifyReply {
  return sendTexts(reply, "application/json; charset=utf-8", Iterator.from(texts).map(escapeJsonLines));
}

/** The same with a list. */
export function sendJsonList(reply: FastifyReply, members: Iterable<object>): FastifyReply {
  return sendJsonTexts(reply, toJsonList(members));
}

/** The texts of a list, one for each member. */
export function* toJsonList(members: Iterable<unknown>): Generator<string> {
  let before = "[";
  for (const member of members) {
    yield before + JSON.stringify(member);
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}
