import assert from "node:assert/strict";
import { constants } from "node:http2";
import { test } from "node:test";
import { Code, toFrame } from "./index.ts";
import { closeOf, frame, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { serve, silent } from "./testdata/serve.ts";

test("a call that has used up its time ends as DEADLINE_EXCEEDED", async (t) => {
  const closed = Promise.withResolvers<void>();
  const { address, server } = await serve(t, {
    "/t.T/Silent": () => ({ message() {}, close: () => closed.resolve() }),
  });
  const stream = rawCall(await rawClient(t, address), "/t.T/Silent", { "grpc-timeout": "20m" });
  const { trailers } = await responseOf(stream);
  assert.equal(trailers["grpc-status"], "4");
  await closed.promise;
  assert.deepEqual(server.stats.callsEnded.get("/t.T/Silent"), new Map([[Code.DEADLINE_EXCEEDED, 1]]));
});

test("time also passes while a call is being opened", async (t) => {
  const { address } = await serve(t, { "/t.T/Never": () => new Promise(() => {}) });
  const stream = rawCall(await rawClient(t, address), "/t.T/Never", { "grpc-timeout": "20m" });
  assert.equal((await responseOf(stream)).headers["grpc-status"], "4");
});

test("a client that does not read is cut off at its deadline", async (t) => {
  const { address } = await serve(t, {
    "/t.T/Flood": (call) => ({ message: () => call.write(toFrame(Buffer.alloc(1_000_000))) }),
  });
  const stream = rawCall(await rawClient(t, address), "/t.T/Flood", { "grpc-timeout": "50m" });
  stream.write(frame("go"));
  await closeOf(stream);
  assert.equal(stream.rstCode, constants.NGHTTP2_CANCEL);
});

test("a deadline too far away for a timer does not fire at once", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Silent": silent });
  const session = await rawClient(t, address);
  const stream = rawCall(session, "/t.T/Silent", { "grpc-timeout": "99999999H" });
  await new Promise((resolve) => stream.once("response", resolve));
  await new Promise((resolve) => session.ping(resolve));
  assert.equal(server.stats.calls, 1);
});

test("a response that the client does not read is given up at the deadline", async (t) => {
  const closed = Promise.withResolvers<void>();
  const { address, server } = await serve(t, {
    "/t.T/Big": (call) => ({
      message() {
        call.write(toFrame(Buffer.alloc(1_000_000)));
        call.end();
      },
      close: () => closed.resolve(),
    }),
  });
  const stream = rawCall(await rawClient(t, address), "/t.T/Big", { "grpc-timeout": "50m" });
  stream.write(frame("go"));
  await closed.promise;
  assert.equal(server.stats.calls, 0);
});
