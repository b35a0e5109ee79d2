import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { WireError } from "@chancery/envoy-api/wire";
import fc from "fast-check";
import { Code, GrpcServer, StatusError } from "../grpc/index.ts";
import { callUnary, grpcClient } from "../grpc/testdata/grpc-client.ts";
import { type AuthorizationService, authorizationHandlers } from "./authorization.ts";
import { readAuthorizationRequest } from "./authorization-request.ts";
import { type AuthorizationResponse, encodeAuthorizationResponse } from "./authorization-response.ts";

test("a request is read with all that Envoy says of it", () => {
  const address = (address: string, port_value: number) => ({ socket_address: { address, port_value } });
  const bytes = encode({
    attributes: {
      source: { address: address("10.0.0.1", 4321), principal: "spiffe://corp/shop", certificate: "PEM" },
      destination: { address: address("::1", 443), service: "edge" },
      request: {
        time: "2026-11-25T00:00:00Z",
        http: {
          ...{ id: "7", method: "POST", path: "/a?b=c", host: "shop.example.com", scheme: "https", size: "3" },
          ...{ protocol: "HTTP/2", body: "abc", headers: { "X-One": "1", cookie: "a=b" } },
        },
      },
      context_extensions: { policy: "shop", team: "a" },
      tls_session: { sni: "shop.example.com" },
    },
  });
  assert.deepEqual(readAuthorizationRequest(bytes), {
    http: {
      ...{ id: "7", method: "POST", path: "/a?b=c", host: "shop.example.com", scheme: "https", protocol: "HTTP/2" },
      size: 3,
      headers: [
        { name: "x-one", value: "1" },
        { name: "cookie", value: "a=b" },
      ],
      body: Buffer.from("abc"),
    },
    source: { address: "10.0.0.1:4321", principal: "spiffe://corp/shop", certificate: "PEM", service: "" },
    destination: { address: "[::1]:443", principal: "", certificate: "", service: "edge" },
    sni: "shop.example.com",
    contextExtensions: new Map([
      ["policy", "shop"],
      ["team", "a"],
    ]),
  });
});

test("headers sent raw keep their repetitions, and bytes that are no UTF-8", () => {
  const raw = (key: string, ...bytes: number[]) => ({ key, raw_value: Buffer.from(bytes).toString("base64") });
  const headers = [raw("x-a", 0x31), raw("x-a", 0x32), raw("x-b", 0xc3, 0xa4), raw("x-c", 0xff), { key: "x-d" }];
  const bytes = encode({ attributes: { request: { http: { header_map: { headers } } } } });
  assert.deepEqual(readAuthorizationRequest(bytes).http?.headers, [
    { name: "x-a", value: "1" },
    { name: "x-a", value: "2" },
    { name: "x-b", value: "ä" },
    { name: "x-c", value: "ÿ" },
    { name: "x-d", value: "" },
  ]);
});

test("a connection has no request of HTTP", () => {
  const request = readAuthorizationRequest(encode({ attributes: { source: { principal: "a" } } }));
  assert.equal(request.http, undefined);
  assert.equal(request.source.principal, "a");
});

test("what is no request is read, or is malformed, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        readAuthorizationRequest(bytes);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a response is written as the API has it", () => {
  assert.deepEqual(
    toJson({
      allowed: true,
      headers: [
        { name: "x-user", value: "ann" },
        { name: "x-all", value: "1", action: "append" },
        { name: "x-one", value: "1", action: "add" },
        { name: "x-had", value: "1", action: "replace" },
      ],
      headersToRemove: ["x-key"],
      responseHeaders: [{ name: "x-policy", value: "shop" }],
      queryParametersToSet: [{ name: "a", value: "b" }],
      queryParametersToRemove: ["key"],
      dynamicMetadata: { user: "ann" },
    }),
    {
      status: {},
      okResponse: {
        headers: [
          { header: { key: "x-user", value: "ann" }, appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" },
          { header: { key: "x-all", value: "1" } },
          { header: { key: "x-one", value: "1" }, appendAction: "ADD_IF_ABSENT" },
          { header: { key: "x-had", value: "1" }, appendAction: "OVERWRITE_IF_EXISTS" },
        ],
        headersToRemove: ["x-key"],
        responseHeadersToAdd: [
          { header: { key: "x-policy", value: "shop" }, appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" },
        ],
        queryParametersToSet: [{ key: "a", value: "b" }],
        queryParametersToRemove: ["key"],
      },
      dynamicMetadata: { user: "ann" },
    },
  );
  assert.deepEqual(
    toJson({
      allowed: false,
      status: 401,
      body: "who are you?",
      headers: [{ name: "www-authenticate", value: "Basic" }],
      message: "no credentials",
    }),
    {
      status: { code: 16, message: "no credentials" },
      deniedResponse: {
        status: { code: "Unauthorized" },
        headers: [{ header: { key: "www-authenticate", value: "Basic" }, appendAction: "OVERWRITE_IF_EXISTS_OR_ADD" }],
        body: "who are you?",
      },
    },
  );
  assert.deepEqual(toJson({ allowed: false }), {
    status: { code: 7 },
    deniedResponse: { status: { code: "Forbidden" } },
  });
});

test("the handler may answer at once or later", async (t) => {
  const ask = await serve(t, {
    check: ({ http }) =>
      http?.path === "/later" ? Promise.resolve({ allowed: true } as const) : { allowed: false, status: 404 },
  });
  assert.deepEqual(await ask(asking("/later")), { status: {}, ok_response: {} });
  assert.partialDeepStrictEqual(await ask(asking("/now")), { denied_response: { status: { code: "NotFound" } } });
});

test("what the handler throws, and what cannot be read, is an error of the call and never an answer", async (t) => {
  const failures: Readonly<Record<string, () => AuthorizationResponse | Promise<AuthorizationResponse>>> = {
    "/throws": () => {
      throw new Error("at once");
    },
    "/rejects": () => Promise.reject(new Error("later")),
    "/busy": () => {
      throw new StatusError(Code.UNAVAILABLE, "not yet");
    },
    "/200": () => ({ allowed: false, status: 200 }),
    "/metadata": () => ({ allowed: true, dynamicMetadata: { a: Number.NaN } }),
  };
  const ask = await serve(t, { check: ({ http }) => failures[http?.path ?? ""]?.() ?? assert.fail() });
  for (const [path, code] of [
    ["/throws", Code.INTERNAL],
    ["/rejects", Code.INTERNAL],
    ["/busy", Code.UNAVAILABLE],
    ["/200", Code.INTERNAL],
    ["/metadata", Code.INTERNAL],
  ] as const) {
    await assert.rejects(ask(asking(path)), { code }, path);
  }
  await assert.rejects(ask(Buffer.from([0x0a, 0x05])), { code: Code.INVALID_ARGUMENT, details: /malformed request/ });
});

function asking(path: string): Buffer {
  return encode({ attributes: { request: { http: { path } } } });
}

function toJson(response: AuthorizationResponse): unknown {
  return decodeToJson("envoy.service.auth.v3.CheckResponse", encodeAuthorizationResponse(response), { names: "json" });
}

async function serve(t: TestContext, service: AuthorizationService) {
  const server = new GrpcServer();
  t.after(() => server.close());
  const [{ method, open } = assert.fail()] = authorizationHandlers(service);
  server.handle(method, open);
  const client = grpcClient(t, await server.listen({ host: "127.0.0.1", port: 0 }));
  return async (request: Buffer) => {
    const answer = await callUnary(client, "/envoy.service.auth.v3.Authorization/Check", request);
    return decodeToJson("envoy.service.auth.v3.CheckResponse", answer);
  };
}

function encode(request: unknown): Buffer {
  const encoded = encodeJson("envoy.service.auth.v3.CheckRequest", request, { validate: false });
  assert.ok(encoded.ok, JSON.stringify(encoded));
  return Buffer.from(encoded.bytes);
}
