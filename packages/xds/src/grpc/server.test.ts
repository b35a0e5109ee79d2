import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Metadata } from "@grpc/grpc-js";
import { binaryMetadata, Code, type GrpcCall, GrpcServer, StatusError, toFrame, unary } from "./index.ts";
import { callBidi, callUnary, collect, grpcClient, nextMessage, statusOf } from "./testdata/grpc-client.ts";
import { echo, serve, silent } from "./testdata/serve.ts";

test("a unary method answers one request with one response", async (t) => {
  const { address } = await serve(t, { "/t.T/Double": unary((request) => Buffer.concat([request, request])) });
  const client = grpcClient(t, address);
  assert.equal(String(await callUnary(client, "/t.T/Double", Buffer.from("ab"))), "abab");
});

test("empty messages are messages", async (t) => {
  const { address } = await serve(t, { "/t.T/Echo": unary((request) => request) });
  assert.equal((await callUnary(grpcClient(t, address), "/t.T/Echo", Buffer.alloc(0))).length, 0);
});

test("a StatusError is what the client is told: code, any text, and details", async (t) => {
  const details = Buffer.from([1, 2, 3]);
  const { address } = await serve(t, {
    "/t.T/Fail": unary(async () => {
      throw new StatusError(Code.NOT_FOUND, "kein Füllhorn: 100% leer 🎉", { details });
    }),
  });
  const error = await callUnary(grpcClient(t, address), "/t.T/Fail", Buffer.alloc(1)).catch((error: unknown) => error);
  assert.ok(error instanceof Error && "code" in error && "details" in error && "metadata" in error);
  assert.equal(error.code, Code.NOT_FOUND);
  assert.equal(error.details, "kein Füllhorn: 100% leer 🎉");
  assert.ok(error.metadata instanceof Metadata);
  assert.deepEqual(error.metadata.get("grpc-status-details-bin"), [details]);
});

test("other errors are reported to the server and hidden from the client", async (t) => {
  const reported: unknown[] = [];
  const secret = new Error("password is 1234");
  const { address } = await serve(
    t,
    {
      "/t.T/Fail": unary(() => {
        throw secret;
      }),
    },
    { onError: (error, call) => reported.push(error, call?.method) },
  );
  const call = callUnary(grpcClient(t, address), "/t.T/Fail", Buffer.alloc(1));
  await assert.rejects(call, { code: Code.INTERNAL, details: "internal error" });
  assert.deepEqual(reported, [secret, "/t.T/Fail"]);
});

test("messages of a stream go both ways in order until the client ends", async (t) => {
  const { address } = await serve(t, { "/t.T/Echo": echo });
  const stream = callBidi(grpcClient(t, address), "/t.T/Echo");
  const sent = Array.from({ length: 50 }, (_, i) => Buffer.alloc(i * 1000, String(i)));
  for (const message of sent) stream.write(message);
  stream.end();
  const { messages, status } = await collect(stream);
  assert.equal(status.code, Code.OK);
  assert.deepEqual(messages, sent);
});

test("a prefix goes in front of the chunks of a frame", async (t) => {
  const big = Buffer.alloc(100_000, "b");
  const { address } = await serve(t, {
    "/t.T/Frames": (call) => ({
      message() {
        call.write(toFrame(Buffer.from("small")), Buffer.from("nonce-1 "));
        call.write(toFrame(big, Buffer.alloc(0), Buffer.from("end")), Buffer.from("nonce-2 "));
        call.write(toFrame());
        call.end();
      },
    }),
  });
  const stream = callBidi(grpcClient(t, address), "/t.T/Frames");
  stream.write(Buffer.alloc(1));
  const { messages } = await collect(stream);
  assert.deepEqual(messages.map(String), ["nonce-1 small", `nonce-2 ${big}end`, ""]);
});

test("response headers come before the first message, so that a client may wait for them", async (t) => {
  const { address } = await serve(t, { "/t.T/Silent": silent });
  const stream = callBidi(grpcClient(t, address), "/t.T/Silent");
  const [metadata] = await once(stream, "metadata");
  assert.ok(metadata instanceof Metadata);
  stream.cancel();
});

test("a handler sees method, metadata, binary metadata, deadline and peer", async (t) => {
  const opened = Promise.withResolvers<GrpcCall>();
  const { address } = await serve(t, {
    "/t.T/See": (call) => {
      opened.resolve(call);
      return { message() {}, end: () => call.end() };
    },
  });
  const metadata = new Metadata();
  metadata.add("tenant", "blue");
  metadata.add("trace-bin", Buffer.from([0, 255]));
  metadata.add("trace-bin", Buffer.from([7]));
  const stream = callBidi(grpcClient(t, address), "/t.T/See", { metadata, deadline: Date.now() + 60_000 });
  stream.end();
  const call = await opened.promise;
  assert.equal(call.method, "/t.T/See");
  assert.equal(call.metadata.tenant, "blue");
  assert.deepEqual(binaryMetadata(call.metadata, "trace-bin"), [Buffer.from([0, 255]), Buffer.from([7])]);
  assert.ok(call.deadlineMs !== undefined && call.deadlineMs > 50_000 && call.deadlineMs <= 60_000);
  assert.equal(call.peer.address, "127.0.0.1");
  assert.ok(call.peer.port > 0);
  assert.equal(call.peer.secure, false);
  assert.equal(call.peer.certificate(), undefined);
  assert.equal((await statusOf(stream)).code, Code.OK);
});

test("messages wait while a call is being opened", async (t) => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const { address } = await serve(t, {
    "/t.T/Slow": async (call) => {
      arrived.resolve();
      await gate.promise;
      return echo(call);
    },
  });
  const stream = callBidi(grpcClient(t, address), "/t.T/Slow");
  for (const text of ["a", "b", "c"]) stream.write(Buffer.from(text));
  stream.end();
  await arrived.promise;
  gate.resolve();
  const { messages, status } = await collect(stream);
  assert.equal(status.code, Code.OK);
  assert.deepEqual(messages.map(String), ["a", "b", "c"]);
});

test("a call can be refused while it is opened, at once or later", async (t) => {
  const refuse = (): never => {
    throw new StatusError(Code.UNAUTHENTICATED, "who are you");
  };
  const { address } = await serve(t, { "/t.T/Now": refuse, "/t.T/Later": async () => refuse() });
  const client = grpcClient(t, address);
  for (const method of ["/t.T/Now", "/t.T/Later"]) {
    const { code, details } = await statusOf(callBidi(client, method));
    assert.deepEqual({ code, details }, { code: Code.UNAUTHENTICATED, details: "who are you" });
  }
});

test("a handler that takes its time is given one message after the other", async (t) => {
  const log: string[] = [];
  const { address } = await serve(t, {
    "/t.T/Careful": (call) => ({
      async message(bytes) {
        log.push(`start ${bytes}`);
        await new Promise(setImmediate);
        log.push(`done ${bytes}`);
      },
      end() {
        log.push("end");
        call.end();
      },
      close: () => log.push("close"),
    }),
  });
  const stream = callBidi(grpcClient(t, address), "/t.T/Careful");
  for (const text of ["a", "b", "c"]) stream.write(Buffer.from(text));
  stream.end();
  assert.equal((await statusOf(stream)).code, Code.OK);
  assert.deepEqual(log, ["start a", "done a", "start b", "done b", "start c", "done c", "end", "close"]);
});

test("a promise rejected by message ends the call with its status", async (t) => {
  const { address } = await serve(t, {
    "/t.T/Reject": () => ({
      async message() {
        throw new StatusError(Code.INVALID_ARGUMENT, "no");
      },
    }),
  });
  const stream = callBidi(grpcClient(t, address), "/t.T/Reject");
  stream.write(Buffer.alloc(1));
  assert.equal((await statusOf(stream)).code, Code.INVALID_ARGUMENT);
});

test("a server may end a stream that the client still holds open; close follows once", async (t) => {
  const closed = Promise.withResolvers<void>();
  let closes = 0;
  const { address, server } = await serve(t, {
    "/t.T/Stop": (call) => ({
      message(bytes) {
        call.write(toFrame(bytes));
        call.end({ code: Code.ABORTED, message: "enough" });
        call.end({ code: Code.OK });
        call.write(toFrame(bytes));
      },
      close() {
        closes++;
        closed.resolve();
      },
    }),
  });
  const stream = callBidi(grpcClient(t, address), "/t.T/Stop");
  stream.write(Buffer.alloc(50_000));
  const { messages, status } = await collect(stream);
  assert.equal(status.code, Code.ABORTED);
  assert.equal(messages.length, 1);
  await closed.promise;
  assert.equal(closes, 1);
  assert.equal(server.stats.calls, 0);
});

test("a handler that ends the call and then never settles does not keep the call", async (t) => {
  const closed = Promise.withResolvers<void>();
  const { address } = await serve(t, {
    "/t.T/Stop": (call) => ({
      message() {
        call.end({ code: Code.ABORTED, message: "enough" });
        return new Promise(() => {});
      },
      close: () => closed.resolve(),
    }),
  });
  const stream = callBidi(grpcClient(t, address), "/t.T/Stop");
  for (let i = 0; i < 10; i++) stream.write(Buffer.alloc(50_000));
  assert.equal((await statusOf(stream)).code, Code.ABORTED);
  await closed.promise;
});

test("a cancelled call is closed, and a write after that does nothing", async (t) => {
  const closed = Promise.withResolvers<GrpcCall>();
  const { address, server } = await serve(t, {
    "/t.T/Hold": (call) => ({
      message: (bytes) => call.write(toFrame(bytes)),
      close: () => closed.resolve(call),
    }),
  });
  const stream = callBidi(grpcClient(t, address), "/t.T/Hold");
  stream.write(Buffer.from("x"));
  await nextMessage(stream);
  stream.cancel();
  const call = await closed.promise;
  assert.equal(call.writable, false);
  call.write(toFrame(Buffer.from("late")));
  call.end();
  assert.deepEqual(server.stats.callsEnded.get("/t.T/Hold"), new Map([[Code.CANCELLED, 1]]));
});

test("a handler that is ready only after the client has left is closed at once", async (t) => {
  const arrived = Promise.withResolvers<GrpcCall>();
  const gate = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const { address, server } = await serve(t, {
    "/t.T/Late": async (call) => {
      arrived.resolve(call);
      await gate.promise;
      return { message() {}, close: () => closed.resolve() };
    },
  });
  const client = grpcClient(t, address);
  const stream = callBidi(client, "/t.T/Late");
  const call = await arrived.promise;
  stream.cancel();
  await statusOf(stream);
  await callUnary(client, "/t.T/None", Buffer.alloc(1)).catch(() => {});
  gate.resolve();
  await closed.promise;
  assert.equal(call.writable, false);
  assert.equal(server.stats.calls, 0);
});

test("statistics count calls by method and status, messages and bytes", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Echo": echo });
  const client = grpcClient(t, address);
  assert.equal(String(await callUnary(client, "/t.T/Echo", Buffer.from("hello"))), "hello");
  await assert.rejects(callUnary(client, "/t.T/Nothing", Buffer.alloc(1)), { code: Code.UNIMPLEMENTED });
  const { callsEnded, ...counters } = server.stats;
  assert.deepEqual(callsEnded, new Map([["/t.T/Echo", new Map([[Code.OK, 1]])]]));
  assert.deepEqual(counters, {
    limitsMet: new Map(),
    connections: 1,
    connectionsTotal: 1,
    connectionsDropped: 0,
    calls: 0,
    refused: 1,
    messagesIn: 1,
    messagesOut: 1,
    bytesIn: 5,
    bytesOut: 10,
  });
});

test("a server cannot listen on an address that is taken", async (t) => {
  const { address } = await serve(t, {});
  await assert.rejects(new GrpcServer().listen(address), { code: "EADDRINUSE" });
});

test("a limit that makes no sense is refused", async (t) => {
  await assert.rejects(serve(t, {}, { maxReceiveBytes: 0 }), {
    name: "RangeError",
    message: "maxReceiveBytes is 0: it must be a number above 0",
  });
});

test("aborting the signal closes the server", async (t) => {
  const controller = new AbortController();
  const closed = Promise.withResolvers<void>();
  const { address, server } = await serve(
    t,
    { "/t.T/Hold": () => ({ message() {}, close: () => closed.resolve() }) },
    { signal: controller.signal },
  );
  const stream = callBidi(grpcClient(t, address), "/t.T/Hold");
  await once(stream, "metadata");
  controller.abort();
  await closed.promise;
  await server.close();
  assert.equal(server.stats.connections, 0);
});
