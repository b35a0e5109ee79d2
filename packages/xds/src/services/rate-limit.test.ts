import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { WireError } from "@chancery/envoy-api/wire";
import fc from "fast-check";
import { Code, GrpcServer, StatusError } from "../grpc/index.ts";
import { callUnary, grpcClient } from "../grpc/testdata/grpc-client.ts";
import { type RateLimitService, rateLimitHandlers } from "./rate-limit.ts";
import { readRateLimitRequest } from "./rate-limit-request.ts";
import { encodeRateLimitResponse, type RateLimitResponse } from "./rate-limit-response.ts";

test("a request is read with all that it can have", () => {
  const request = encode({
    domain: "edge",
    descriptors: [
      { entries: [{ key: "user", value: "ä user with a name that is long" }, { key: "path" }] },
      {
        entries: [{ key: "user", value: "b" }],
        limit: { requests_per_unit: 5, unit: "HOUR", unit_multiplier: 2 },
        hits_addend: 0,
        is_negative_hits: true,
      },
    ],
    hits_addend: 7,
  });
  assert.deepEqual(readRateLimitRequest(request), {
    domain: "edge",
    hitsAddend: 7,
    descriptors: [
      {
        entries: [
          { key: "user", value: "ä user with a name that is long" },
          { key: "path", value: "" },
        ],
        isNegativeHits: false,
      },
      {
        entries: [{ key: "user", value: "b" }],
        limit: { requestsPerUnit: 5, unit: 3, unitMultiplier: 2 },
        hitsAddend: 0,
        isNegativeHits: true,
      },
    ],
  });
});

test("whatever is written in wire format is read the same", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  const descriptor = fc.record({
    entries: fc.array(fc.record({ key: text, value: text }), { maxLength: 3 }),
    hits_addend: fc.option(fc.nat(1_000_000_000), { nil: undefined }),
    is_negative_hits: fc.boolean(),
  });
  const request = fc.record({
    domain: text,
    descriptors: fc.array(descriptor, { maxLength: 3 }),
    hits_addend: fc.nat(0xffff_ffff),
  });
  fc.assert(
    fc.property(request, ({ domain, descriptors, hits_addend }) => {
      assert.deepEqual(readRateLimitRequest(encode({ domain, descriptors, hits_addend })), {
        domain,
        hitsAddend: hits_addend,
        descriptors: descriptors.map(({ entries, hits_addend: hitsAddend, is_negative_hits: isNegativeHits }) => ({
          entries: entries.map(({ key, value }) => ({ key, value })),
          ...(hitsAddend !== undefined && { hitsAddend }),
          isNegativeHits,
        })),
      });
    }),
  );
});

test("what is no request is read, or is malformed, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        readRateLimitRequest(bytes);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a descriptor that reaches beyond its own end is malformed", () => {
  // A descriptor of 2 bytes, in which an entry of 5 bytes begins.
  const bytes = Uint8Array.from([0x12, 0x02, 0x0a, 0x05, 0x0a, 0x03, 0x61, 0x61, 0x61]);
  assert.throws(() => readRateLimitRequest(bytes), WireError);
});

test("a response is written as the API has it", () => {
  const response: RateLimitResponse = {
    overallCode: "OVER_LIMIT",
    statuses: [
      {
        code: "OVER_LIMIT",
        currentLimit: { name: "short", requestsPerUnit: 10, unit: 7, unitMultiplier: 3 },
        limitRemaining: 0,
        durationUntilResetMs: 1500,
      },
      { code: "OK", currentLimit: { requestsPerUnit: 0, unit: 1 }, limitRemaining: 4_294_967_295 },
    ],
    responseHeadersToAdd: [{ key: "RateLimit-Limit", value: "10" }],
    requestHeadersToAdd: [{ key: "x-checked", value: "yes" }],
    rawBody: Buffer.from("slow down"),
    dynamicMetadata: { domain: "edge", violations: [0] },
  };
  assert.deepEqual(
    decodeToJson("envoy.service.ratelimit.v3.RateLimitResponse", encodeRateLimitResponse(response), { names: "json" }),
    {
      overallCode: "OVER_LIMIT",
      statuses: [
        {
          code: "OVER_LIMIT",
          currentLimit: { name: "short", requestsPerUnit: 10, unit: "WEEK", unitMultiplier: 3 },
          durationUntilReset: "1.500s",
        },
        { code: "OK", currentLimit: { unit: "SECOND" }, limitRemaining: 4_294_967_295 },
      ],
      responseHeadersToAdd: [{ key: "RateLimit-Limit", value: "10" }],
      requestHeadersToAdd: [{ key: "x-checked", value: "yes" }],
      rawBody: "c2xvdyBkb3du",
      dynamicMetadata: { domain: "edge", violations: [0] },
    },
  );
});

test("the handler is asked about each request, and may answer at once or later", async (t) => {
  const asked: string[] = [];
  const ask = await serve(t, {
    shouldRateLimit({ domain }) {
      asked.push(domain);
      const response: RateLimitResponse = { overallCode: "OK", statuses: [{ code: "OK", limitRemaining: 1 }] };
      return domain === "later" ? Promise.resolve(response) : response;
    },
  });
  const answer = { overall_code: "OK", statuses: [{ code: "OK", limit_remaining: 1 }] };
  for (const domain of ["now", "later"]) {
    assert.deepEqual(await ask(encode({ domain, descriptors: [{ entries: [{ key: "a" }] }] })), answer);
  }
  assert.deepEqual(asked, ["now", "later"]);
});

test("a request without a domain or descriptors, or that cannot be read, is refused", async (t) => {
  const ask = await serve(t, { shouldRateLimit: () => assert.fail("it is not asked") });
  const refused = (details: RegExp) => ({ code: Code.INVALID_ARGUMENT, details });
  await assert.rejects(ask(encode({ descriptors: [{}] })), refused(/the domain .* is empty/));
  await assert.rejects(ask(encode({ domain: "edge" })), refused(/domain "edge" has no descriptors/));
  await assert.rejects(ask(Buffer.from([0x0a, 0x05])), refused(/malformed request/));
});

test("a StatusError of the handler is the status of the call", async (t) => {
  const ask = await serve(t, {
    async shouldRateLimit() {
      throw new StatusError(Code.UNAVAILABLE, "not yet");
    },
  });
  const asked = ask(encode({ domain: "edge", descriptors: [{}] }));
  await assert.rejects(asked, { code: Code.UNAVAILABLE, details: "not yet" });
});

async function serve(t: TestContext, service: RateLimitService) {
  const server = new GrpcServer();
  t.after(() => server.close());
  const [{ method, open } = assert.fail()] = rateLimitHandlers(service);
  server.handle(method, open);
  const client = grpcClient(t, await server.listen({ host: "127.0.0.1", port: 0 }));
  return async (request: Buffer) => {
    const path = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";
    return decodeToJson("envoy.service.ratelimit.v3.RateLimitResponse", await callUnary(client, path, request));
  };
}

function encode(request: unknown): Buffer {
  const encoded = encodeJson("envoy.service.ratelimit.v3.RateLimitRequest", request, { validate: false });
  assert.ok(encoded.ok);
  return Buffer.from(encoded.bytes);
}
