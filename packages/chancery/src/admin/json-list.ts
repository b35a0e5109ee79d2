import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { escapeJsonLines } from "../text-safety.ts";
import { piecesInTurns } from "../turns.ts";

/**
 * Answers with JSON that may be long: its texts are made while it is sent, with room for everything else in between. What
 * strangers wrote in them does not steer the terminal of whoever reads it.
 */
export function sendJsonTexts(reply: FastifyReply, texts: Iterable<string>): FastifyReply {
  return reply
    .type("application/json; charset=utf-8")
    .send(Readable.from(piecesInTurns(Iterator.from(texts).map(escapeJsonLines)), { objectMode: false }));
}

/** The same with a list. */
export function sendJsonList(reply: FastifyReply, members: Iterable<object>): FastifyReply {
  return sendJsonTexts(reply, toJsonList(members));
}

/** The texts of a list, one for each member. */
export function* toJsonList(members: Iterable<object>): Generator<string> {
  let before = "[";
  for (const member of members) {
    yield before + JSON.stringify(member);
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}
