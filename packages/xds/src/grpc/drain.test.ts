import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Code, type GrpcCall, toFrame } from "./index.ts";
import { callBidi, callUnary, grpcClient, nextMessage, statusOf } from "./testdata/grpc-client.ts";
import { closeOf, frame, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { echo, serve, silent } from "./testdata/serve.ts";

test("draining lets calls finish and refuses new ones", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Echo": echo });
  const client = grpcClient(t, address);
  const stream = callBidi(client, "/t.T/Echo");
  stream.write(Buffer.from("before"));
  assert.equal(String(await nextMessage(stream)), "before");

  const drained = server.drain({ graceMs: 60_000 });
  stream.write(Buffer.from("during"));
  assert.equal(String(await nextMessage(stream)), "during");
  await assert.rejects(callUnary(client, "/t.T/Echo", Buffer.alloc(1)), { code: Code.UNAVAILABLE });

  stream.end();
  assert.equal((await statusOf(stream)).code, Code.OK);
  await drained;
  assert.equal(server.stats.connections, 0);
});

test("calls that outlive the grace end as UNAVAILABLE", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Silent": silent });
  const stream = callBidi(grpcClient(t, address), "/t.T/Silent");
  await once(stream, "metadata");
  const status = statusOf(stream);
  await server.drain({ graceMs: 20 });
  const { code, details } = await status;
  assert.deepEqual({ code, details }, { code: Code.UNAVAILABLE, details: "the server is closing the connection" });
});

test("a client that does not read cannot hold up the end", async (t) => {
  const { address, server } = await serve(t, {
    "/t.T/Flood": (call) => ({ message: () => call.write(toFrame(Buffer.alloc(5_000_000))) }),
  });
  const session = await rawClient(t, address);
  const stream = rawCall(session, "/t.T/Flood");
  stream.write(frame("go"));
  await once(stream, "response");
  await server.drain({ graceMs: 1 });
  assert.equal(server.stats.calls, 0);
});

test("a client is told by GOAWAY, an idle connection closes at once", async (t) => {
  const { address, server } = await serve(t, {});
  const session = await rawClient(t, address);
  await once(session, "remoteSettings");
  const goaway = once(session, "goaway");
  await server.drain({ graceMs: 60_000 });
  assert.equal((await goaway)[0], 0);
});

test("a connection above its age is sent away while its calls finish", async (t) => {
  const opened = Promise.withResolvers<GrpcCall>();
  const { address } = await serve(
    t,
    {
      "/t.T/Hold": (call) => {
        opened.resolve(call);
        return { message() {} };
      },
    },
    { maxConnectionAgeMs: 20 },
  );
  const session = await rawClient(t, address);
  const stream = rawCall(session, "/t.T/Hold");
  const call = await opened.promise;
  await once(session, "goaway");
  const response = responseOf(stream);
  const closed = closeOf(session);
  call.write(toFrame(Buffer.from("bye")));
  call.end();
  assert.deepEqual((await response).body, frame("bye"));
  await closed;
});

test("closing cuts everything, also connections that have said nothing yet", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Silent": silent });
  const stream = callBidi(grpcClient(t, address), "/t.T/Silent");
  await once(stream, "metadata");
  const mute = connect(address).resume();
  await once(mute, "connect");
  const muteClosed = once(mute, "close");
  const ended = statusOf(stream);
  await server.close();
  await muteClosed;
  assert.equal((await ended).code, Code.UNAVAILABLE);
  assert.equal(server.stats.connections, 0);
  await server.close();
});
