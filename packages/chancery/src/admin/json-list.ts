import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { escapeJsonLines } from "../text-safety.ts";
import { piecesInTurns } from "../turns.ts";

/**
 * Answers with a list that may be long: its members are made while it is sent, with room for everything else in between.
 * What strangers wrote in them does not steer the terminal of whoever reads it.
 */
export function sendJsonList(reply: FastifyReply, members: Iterable<object>): FastifyReply {
  return reply
    .type("application/json; charset=utf-8")
    .send(Readable.from(piecesInTurns(toTexts(members)), { objectMode: false }));
}

function* toTexts(members: Iterable<object>): Generator<string> {
  let before = "[";
  for (const member of members) {
    yield before + escapeJsonLines(JSON.stringify(member));
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}
