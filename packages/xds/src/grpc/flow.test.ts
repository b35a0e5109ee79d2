import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type GrpcCall, toFrame } from "./index.ts";
import { frame, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { serve } from "./testdata/serve.ts";

const MB = 1_000_000;

test("a client that does not read makes its call not writable; when it reads, drain comes once", async (t) => {
  const opened = Promise.withResolvers<GrpcCall>();
  const drained = Promise.withResolvers<void>();
  let drains = 0;
  const { address } = await serve(t, {
    "/t.T/Push": (call) => {
      opened.resolve(call);
      return {
        message() {},
        drain() {
          drains++;
          assert.equal(call.writable, true);
          drained.resolve();
        },
        end: () => call.end(),
      };
    },
  });
  const stream = rawCall(await rawClient(t, address), "/t.T/Push");
  const call = await opened.promise;
  assert.equal(call.writable, true);
  call.write(toFrame(Buffer.alloc(MB)));
  call.write(toFrame(Buffer.alloc(MB)));
  assert.equal(call.writable, false);
  await once(stream, "response");
  assert.equal(call.writable, false);
  stream.resume();
  await drained.promise;
  stream.end();
  await responseOf(stream);
  assert.equal(drains, 1);
});

test("a frame written to 100 clients that do not read is held once", async (t) => {
  const calls: GrpcCall[] = [];
  const all = Promise.withResolvers<void>();
  const { address } = await serve(t, {
    "/t.T/Push": (call) => {
      if (calls.push(call) === 100) all.resolve();
      return { message() {} };
    },
  });
  for (let i = 0; i < 100; i++) rawCall(await rawClient(t, address), "/t.T/Push");
  await all.promise;
  const shared = toFrame(Buffer.alloc(2 * MB));
  const before = process.memoryUsage();
  for (const call of calls) call.write(shared, Buffer.from("nonce"));
  await new Promise(setImmediate);
  const after = process.memoryUsage();
  assert.ok(
    after.arrayBuffers - before.arrayBuffers < 10 * MB,
    `${after.arrayBuffers - before.arrayBuffers} bytes more`,
  );
  assert.ok(after.rss - before.rss < 100 * MB, `${after.rss - before.rss} bytes more`);
});

test("a slow stream does not hold up another on the same connection", async (t) => {
  const { address } = await serve(t, {
    "/t.T/Push": (call) => ({
      message() {
        call.write(toFrame(Buffer.alloc(MB)));
        call.end();
      },
    }),
  });
  const session = await rawClient(t, address, { initialWindowSize: 100_000 });
  session.setLocalWindowSize(64 * MB);
  const slow = rawCall(session, "/t.T/Push");
  slow.write(frame("go"));
  await once(slow, "response");
  const fast = rawCall(session, "/t.T/Push");
  fast.write(frame("go"));
  assert.equal((await responseOf(fast)).body.length, MB + 5);
  assert.equal((await responseOf(slow)).body.length, MB + 5);
});

test("while a message is being worked on, the client can send no more than the window", async (t) => {
  const gate = Promise.withResolvers<void>();
  let received = 0;
  const { address, server } = await serve(
    t,
    {
      "/t.T/Take": (call) => ({
        async message(bytes) {
          received += bytes.length;
          await gate.promise;
        },
        end: () => call.end(),
      }),
    },
    { streamWindowBytes: 100_000 },
  );
  const session = await rawClient(t, address);
  const stream = rawCall(session, "/t.T/Take");
  for (let i = 0; i < 200; i++) stream.write(frame(Buffer.alloc(10_000)));
  stream.end();
  await new Promise((resolve) => session.ping(resolve));
  await new Promise((resolve) => session.ping(resolve));
  assert.equal(server.stats.messagesIn, 1);
  assert.ok(stream.writableLength > MB, `${stream.writableLength} bytes are still with the client`);
  gate.resolve();
  assert.equal((await responseOf(stream)).trailers["grpc-status"], "0");
  assert.equal(received, 200 * 10_000);
});

test("a first request of megabytes does not stall", async (t) => {
  const { address, server } = await serve(t, {
    "/t.T/Take": (call) => ({ message() {}, end: () => call.end() }),
  });
  const stream = rawCall(await rawClient(t, address), "/t.T/Take");
  stream.end(frame(Buffer.alloc(5 * MB)));
  assert.equal((await responseOf(stream)).trailers["grpc-status"], "0");
  assert.equal(server.stats.bytesIn, 5 * MB);
});
