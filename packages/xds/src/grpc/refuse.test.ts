import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { toFrame } from "./frame.ts";
import { GrpcServer } from "./server.ts";
import { frame, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { echo, serve } from "./testdata/serve.ts";
import { unary } from "./unary.ts";

const methods = { "/t.T/Echo": echo, "/t.T/Once": unary((request) => request) };

test("a request that is not a POST is answered with 405", async (t) => {
  const { address, server } = await serve(t, methods);
  const session = await rawClient(t, address);
  for (const method of ["GET", "HEAD"]) {
    const { headers } = await responseOf(session.request({ ":method": method, ":path": "/t.T/Echo" }));
    assert.equal(headers[":status"], 405);
  }
  assert.equal(server.stats.refused, 2);
});

for (const type of ["application/json", "application/grpc-web", "", undefined]) {
  test(`content-type ${JSON.stringify(type)} is answered with 415, though the request goes on`, async (t) => {
    const { address } = await serve(t, methods);
    const stream = rawCall(await rawClient(t, address), "/t.T/Echo", { "content-type": type });
    stream.write(frame("more to come"));
    assert.equal((await responseOf(stream)).headers[":status"], 415);
  });
}

for (const type of ["application/grpc+proto", "application/grpc;charset=utf-8", "Application/GRPC"]) {
  test(`content-type ${type} is gRPC`, async (t) => {
    const { address } = await serve(t, methods);
    const stream = rawCall(await rawClient(t, address), "/t.T/Echo", { "content-type": type });
    stream.end(frame("hi"));
    const { headers, trailers, body } = await responseOf(stream);
    assert.equal(headers[":status"], 200);
    assert.equal(headers["content-type"], "application/grpc");
    assert.equal(trailers["grpc-status"], "0");
    assert.deepEqual(body, frame("hi"));
  });
}

test("an unknown method is UNIMPLEMENTED, in trailers only, though the request goes on", async (t) => {
  const { address } = await serve(t, methods);
  const stream = rawCall(await rawClient(t, address), "/t.T/Nothing");
  stream.write(frame("x"));
  const { headers } = await responseOf(stream);
  assert.equal(headers[":status"], 200);
  assert.equal(headers["grpc-status"], "12");
  assert.equal(headers["grpc-message"], 'unknown method "/t.T/Nothing"');
});

test("a malformed deadline is INTERNAL", async (t) => {
  const { address } = await serve(t, methods);
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo", { "grpc-timeout": "soon" });
  assert.equal((await responseOf(stream)).headers["grpc-status"], "13");
});

test("an unknown encoding is UNIMPLEMENTED and the known ones are told", async (t) => {
  const { address } = await serve(t, methods);
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo", { "grpc-encoding": "zstd" });
  const { headers } = await responseOf(stream);
  assert.equal(headers["grpc-status"], "12");
  assert.equal(headers["grpc-accept-encoding"], "identity,gzip,deflate");
});

test("compressed and plain messages of one call arrive in order", async (t) => {
  const { address } = await serve(t, methods);
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo", { "grpc-encoding": "gzip" });
  stream.write(Buffer.concat([frame(gzipSync("one"), 1), frame("two"), frame(gzipSync("three"), 1)]));
  stream.end(frame("four"));
  const { body, trailers } = await responseOf(stream);
  assert.deepEqual(body, Buffer.concat(["one", "two", "three", "four"].map((text) => frame(text))));
  assert.equal(trailers["grpc-status"], "0");
});

test("a small message that unpacks to a huge one is RESOURCE_EXHAUSTED", async (t) => {
  const { address } = await serve(t, methods, { maxReceiveBytes: 1_000_000 });
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo", { "grpc-encoding": "gzip" });
  stream.write(frame(gzipSync(Buffer.alloc(20_000_000)), 1));
  assert.equal((await responseOf(stream)).trailers["grpc-status"], "8");
});

test("a compressed flag without an encoding is INTERNAL", async (t) => {
  const { address } = await serve(t, methods);
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo");
  stream.write(frame(gzipSync("x"), 1));
  assert.equal((await responseOf(stream)).trailers["grpc-status"], "13");
});

test("a message above the limit is RESOURCE_EXHAUSTED, the limit may differ by method", async (t) => {
  await using server = new GrpcServer({ maxReceiveBytes: 10 });
  server.handle("/t.T/Small", echo);
  server.handle("/t.T/Big", echo, { maxReceiveBytes: 100 });
  const session = await rawClient(t, await server.listen({ host: "127.0.0.1", port: 0 }));
  const call = (method: string, bytes: number) => {
    const stream = rawCall(session, method);
    stream.end(frame(Buffer.alloc(bytes)));
    return responseOf(stream);
  };
  assert.equal((await call("/t.T/Small", 10)).trailers["grpc-status"], "0");
  assert.equal((await call("/t.T/Small", 11)).trailers["grpc-status"], "8");
  assert.equal((await call("/t.T/Big", 100)).trailers["grpc-status"], "0");
  const refused = await call("/t.T/Big", 101);
  assert.equal(refused.trailers["grpc-message"], "a message of 101 bytes is above the limit of 100");
});

test("a request that ends in the middle of a message is INTERNAL", async (t) => {
  const { address } = await serve(t, methods);
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo");
  stream.end(Buffer.concat([frame("whole"), frame("cut off").subarray(0, 8)]));
  const { trailers, body } = await responseOf(stream);
  assert.deepEqual(body, frame("whole"));
  assert.equal(trailers["grpc-status"], "13");
  assert.equal(trailers["grpc-message"], "the request ended in the middle of a message");
});

test("a unary method wants exactly one request", async (t) => {
  const { address } = await serve(t, methods);
  const session = await rawClient(t, address);
  for (const [request, message] of [
    [Buffer.alloc(0), "a unary call needs a request"],
    [Buffer.concat([frame("a"), frame("b")]), "a unary call has one request, not two"],
  ] as const) {
    const stream = rawCall(session, "/t.T/Once");
    stream.end(request);
    const { headers } = await responseOf(stream);
    assert.deepEqual([headers["grpc-status"], headers["grpc-message"]], ["12", message]);
  }
});

test("what was written before an error still arrives before its status", async (t) => {
  const { address } = await serve(
    t,
    {
      "/t.T/Last": (call) => ({
        message(bytes) {
          call.write(toFrame(Buffer.alloc(500_000, "x")));
          throw new TypeError(`cannot digest ${bytes}`);
        },
      }),
    },
    { onError() {} },
  );
  const stream = rawCall(await rawClient(t, address), "/t.T/Last");
  stream.write(frame("a"));
  const { body, trailers } = await responseOf(stream);
  assert.equal(body.length, 500_005);
  assert.equal(trailers["grpc-status"], "13");
});
