import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeToJson } from "@chancery/envoy-api";
import { WireError } from "@chancery/envoy-api/wire";
import fc from "fast-check";
import { Code, StatusError } from "../grpc/index.ts";
import { bodyModes } from "./body-mode.ts";
import { type Content, Exchange, type Reply } from "./exchange.ts";
import { type ProcessingProtocol, type ProcessingRequest, readProcessingRequest } from "./processing-request.ts";

const directions = fc.constantFrom("request" as const, "response" as const);
const body = fc.uint8Array({ maxLength: 8 });

const contents: fc.Arbitrary<Content> = fc.oneof(
  fc.record({
    direction: directions,
    part: fc.constant("headers" as const),
    headers: fc.constant([]),
    endOfStream: fc.boolean(),
  }),
  fc.record({ direction: directions, part: fc.constant("body" as const), body, endOfStream: fc.boolean() }),
  fc.record({ direction: directions, part: fc.constant("trailers" as const), headers: fc.constant([]) }),
);

const protocols: fc.Arbitrary<ProcessingProtocol> = fc.record({
  requestBody: fc.constantFrom(...bodyModes),
  responseBody: fc.constantFrom(...bodyModes),
  sendsBodyWithoutWaiting: fc.boolean(),
});

test("whatever comes is answered by its like once, or refused as out of order", () => {
  fc.assert(
    fc.property(protocols, fc.array(contents, { maxLength: 12 }), (protocol, contents) => {
      const exchange = start();
      const seen = { request: -1, response: -1 };
      const ended = { request: false, response: false };
      for (const [index, content] of contents.entries()) {
        const { direction, part } = content;
        const place = ["headers", "body", "trailers"].indexOf(part);
        const inOrder =
          !ended[direction] && (place > seen[direction] || (part === "body" && seen[direction] === place));
        if (!inOrder) {
          assert.throws(() => exchange.receive(toRequest(content, index, protocol)), isOutOfOrder);
          return;
        }
        seen[direction] = place;
        ended[direction] = part === "trailers" || content.endOfStream;
        assert.equal(exchange.receive(toRequest(content, index, protocol)), content);
        const kinds = namesIn(exchange.answer(undefined));
        assert.deepEqual([...new Set(kinds)], [`${direction}_${part}`]);
        assert.throws(() => exchange.answer(undefined), {
          message: "Cannot answer: there is no message to be answered",
        });
      }
    }),
  );
});

test("full duplex: headers, body and trailers go on in this order, headers once, whatever waits", () => {
  const bodies = fc.array(fc.record({ body, hold: fc.boolean() }), { maxLength: 6 });
  fc.assert(
    fc.property(bodies, fc.boolean(), fc.boolean(), (bodies, hold, withTrailers) => {
      const exchange = start();
      const protocol = { requestBody: "full-duplex", responseBody: "none", sendsBodyWithoutWaiting: false } as const;
      const direction = "request";
      const sent: string[] = [];
      const kept: Uint8Array[] = [];
      exchange.receive(toRequest({ direction, part: "headers", headers: [], endOfStream: false }, 0, protocol));
      sent.push(...namesIn(exchange.answer(hold ? { hold } : undefined)));
      for (const [index, piece] of bodies.entries()) {
        const endOfStream = !withTrailers && index === bodies.length - 1;
        exchange.receive(toRequest({ direction, part: "body", body: piece.body, endOfStream }, 1, protocol));
        kept.push(piece.body);
        const chunks = piece.hold && !endOfStream ? [] : kept.splice(0);
        sent.push(...namesIn(exchange.answer({ chunks })));
      }
      if (withTrailers) {
        exchange.receive(toRequest({ direction, part: "trailers", headers: [] }, 1, protocol));
        sent.push(...namesIn(exchange.answer({ chunks: kept.splice(0) })));
      }
      if (withTrailers || bodies.length > 0) assert.equal(sent.filter((name) => name === "request_headers").length, 1);
      const order = ["request_headers", "request_body", "request_trailers"];
      assert.deepEqual(
        sent,
        sent.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)),
      );
    }),
  );
});

test("bytes that are no message are malformed, and nothing else goes wrong", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        const request = readProcessingRequest(bytes);
        request.attributes();
        request.metadata();
      } catch (error) {
        assert.ok(error instanceof WireError, `${error}`);
      }
    }),
    { numRuns: 2_000 },
  );
});

function start(): Exchange {
  return new Exchange({ allowModeOverride: false, maxMessageTimeoutMs: undefined });
}

function toRequest(content: Content, index: number, protocol: ProcessingProtocol): ProcessingRequest {
  const nothing = () => ({});
  const first = index === 0 ? protocol : undefined;
  return { content, attributes: nothing, metadata: nothing, observability: false, protocol: first };
}

function isOutOfOrder(error: unknown): boolean {
  return (
    error instanceof StatusError && error.code === Code.INVALID_ARGUMENT && error.message.includes("cannot come after")
  );
}

/** What the messages of a reply are, with one for each piece of a body. */
function namesIn({ messages, body, after }: Reply): string[] {
  const pieces =
    body === undefined ? [] : [...(body.chunks as Iterable<Uint8Array>)].map((piece) => body.encode(piece, false));
  return [...messages, ...pieces, ...(after === undefined ? [] : [after])].map((bytes) => {
    const answer = decodeToJson("envoy.service.ext_proc.v3.ProcessingResponse", bytes);
    return Object.keys(Object(answer))[0] ?? "";
  });
}
