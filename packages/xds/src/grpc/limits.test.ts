import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { GrpcServer } from "./index.ts";
import { closeOf, frame, greeted, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { echo, serve, silent } from "./testdata/serve.ts";

const methods = { "/t.T/Echo": echo, "/t.T/Silent": silent };

test("a call without a first message in time is DEADLINE_EXCEEDED, and counted", async (t) => {
  const { address, server } = await serve(t, methods, { firstMessageTimeoutMs: 20 });
  const { trailers } = await responseOf(rawCall(await rawClient(t, address), "/t.T/Silent"));
  assert.deepEqual([trailers["grpc-status"], trailers["grpc-message"]], ["4", "no message has come in 20 ms"]);
  assert.deepEqual(server.stats.limitsMet, new Map([["firstMessageTimeoutMs", 1]]));
});

test("a call that had its first message may be silent as long as it likes", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { address, server } = await serve(t, methods, { pingIntervalMs: Number.POSITIVE_INFINITY });
  const session = await rawClient(t, address);
  await greeted(session);
  const stream = rawCall(session, "/t.T/Echo");
  stream.write(frame("a"));
  await once(stream, "data");
  t.mock.timers.tick(3_600_000);
  stream.end(frame("b"));
  assert.equal((await responseOf(stream)).trailers["grpc-status"], "0");
  assert.equal(server.stats.limitsMet.size, 0);
});

test("messages that come too fast wait, in order, and are counted", async (t) => {
  const { address, server } = await serve(t, methods, { maxMessagesPerSecond: 100 });
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo");
  const messages = Array.from({ length: 1056 }, (_, index) => frame(String(index)));
  stream.end(Buffer.concat(messages));
  const { body, trailers } = await responseOf(stream);
  assert.deepEqual(body, Buffer.concat(messages));
  assert.equal(trailers["grpc-status"], "0");
  assert.ok((server.stats.limitsMet.get("maxMessagesPerSecond") ?? 0) > 0);
});

test("a call whose client does not read ends as soon as too much waits, and is counted", async (t) => {
  const closed = Promise.withResolvers<void>();
  const payload = { chunks: [Buffer.alloc(1_000_000)], length: 1_000_000 };
  const { address, server } = await serve(
    t,
    {
      "/t.T/Pour": (call) => ({
        message() {
          for (let count = 0; count < 5; count++) call.write(payload);
        },
        close: () => closed.resolve(),
      }),
    },
    { maxSendBytes: 2_500_000, maxWriteBytes: 250_000 },
  );
  const stream = rawCall(await rawClient(t, address), "/t.T/Pour");
  stream.write(frame("go"));
  await closed.promise;
  assert.deepEqual(server.stats.limitsMet, new Map([["maxSendBytes", 1]]));
  assert.equal(server.stats.messagesOut, 3);
});

test("messages that are too big are counted", async (t) => {
  const { address, server } = await serve(t, methods, { maxReceiveBytes: 10 });
  const stream = rawCall(await rawClient(t, address), "/t.T/Echo");
  stream.end(frame("more than ten bytes"));
  await responseOf(stream);
  assert.deepEqual(server.stats.limitsMet, new Map([["maxReceiveBytes", 1]]));
});

test("a client that opens and resets streams in one breath is cut, and counted", async (t) => {
  const { address, server } = await serve(t, methods, { maxRapidResetsPerMinute: 50 });
  const session = await rawClient(t, address);
  const ended = closeOf(session);
  for (let count = 0; count < 100; count++) rawCall(session, "/t.T/Silent").close(8);
  await ended;
  assert.deepEqual(server.stats.limitsMet, new Map([["maxRapidResetsPerMinute", 1]]));
  assert.equal(server.stats.calls, 0);
});

test("connections beyond the limit are counted", async (t) => {
  const { address, server } = await serve(t, methods, { maxConnections: 1 });
  await rawClient(t, address);
  await once(connect(address).resume(), "close");
  assert.deepEqual(server.stats.limitsMet, new Map([["maxConnections", 1]]));
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4");

test("one peer may open so many connections and calls", { skip: outside === undefined && "no network" }, async (t) => {
  await using server = new GrpcServer({ maxConnectionsPerPeer: 2, maxCallsPerPeer: 2 });
  server.handle("/t.T/Echo", echo);
  const address = await server.listen({ host: outside?.address ?? "", port: 0 });
  const [first, second] = [await rawClient(t, address), await rawClient(t, address)];
  await once(
    connect(address)
      .on("error", () => {})
      .resume(),
    "close",
  );
  assert.equal(server.stats.limitsMet.get("maxConnectionsPerPeer"), 1);

  const calls = [first, second].map((session) => rawCall(session, "/t.T/Echo"));
  await Promise.all(calls.map((call) => once(call, "response")));
  const refused = await responseOf(rawCall(first, "/t.T/Echo"));
  assert.equal(refused.trailers["grpc-status"], "8");
  assert.equal(server.stats.limitsMet.get("maxCallsPerPeer"), 1);

  for (const call of calls) call.end();
  await Promise.all(calls.map(closeOf));
  const again = rawCall(second, "/t.T/Echo");
  again.end(frame("room again"));
  assert.deepEqual((await responseOf(again)).body, frame("room again"));
});
