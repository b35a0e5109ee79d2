import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { Metadata, status } from "@grpc/grpc-js";
import { Code, StatusError } from "../grpc/index.ts";
import { callBidi, grpcClient, statusOf } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import { type NodeStream, type NodeStreamOptions, NodeStreams } from "./node-streams.ts";

test("the node is read from the first message and stays; every message is taken before the stream is closed", async (t) => {
  const { open, taken } = await start(t);
  const stream = open();
  stream.write(message("edge-1"));
  stream.write(message("another"));
  stream.write(message());
  stream.end();
  assert.equal((await statusOf(stream)).code, status.OK);
  assert.deepEqual(taken, ["edge-1 opens", "edge-1 says 10", "edge-1 says 11", "edge-1 says 0", "edge-1 closes"]);
});

test("a stream that does not say who it is, or is not protobuf, is refused", async (t) => {
  const { open, streams } = await start(t);
  for (const bytes of [message(), Buffer.from([0x0a, 0x7f])]) {
    const stream = open();
    stream.write(bytes);
    assert.equal((await statusOf(stream)).code, status.INVALID_ARGUMENT);
  }
  assert.equal(streams.stats.streams, 0);
});

test("the hook binds an identity to the node, or refuses it, before a message is read", async (t) => {
  const { open, taken, opened } = await start(t, {
    authenticate: async ({ node, metadata }) => {
      if (metadata.token !== node.id) throw new StatusError(Code.PERMISSION_DENIED, "not yours");
      return { name: metadata.token };
    },
  });
  const stranger = open({ token: "edge-2" });
  stranger.write(message("edge-1"));
  assert.equal((await statusOf(stranger)).code, status.PERMISSION_DENIED);
  assert.deepEqual(taken, []);
  const friend = open({ token: "edge-1" });
  friend.write(message("edge-1"));
  friend.end();
  await statusOf(friend);
  assert.deepEqual(opened[0]?.identity, { name: "edge-1" });
});

test("a node may have so many streams, and one more when one has ended", async (t) => {
  const { open, streams } = await start(t, { maxStreamsPerNode: 1 });
  const first = open();
  first.write(message("edge-1"));
  await once(first, "data");
  const second = open();
  second.write(message("edge-1"));
  assert.equal((await statusOf(second)).code, status.RESOURCE_EXHAUSTED);
  assert.partialDeepStrictEqual(streams.stats, { streams: 1, refusedPerNode: 1 });
  first.end();
  await statusOf(first);
  const third = open();
  third.write(message("edge-1"));
  third.end();
  assert.equal((await statusOf(third)).code, status.OK);
});

test("while messages are dropped new streams are sent away, and those that are open stay", async (t) => {
  const { open, streams, taken } = await start(t, { maxQueuedBytes: 1 });
  const calls = Array.from({ length: 10 }, () => open());
  for (const call of calls) call.write(message("edge-1"));
  for (const call of calls) call.end();
  const codes = await Promise.all(calls.map(async (call) => (await statusOf(call)).code));
  const { messages, droppedMessages } = streams.stats;
  assert.equal(messages, taken.filter((line) => line.includes("says")).length);
  assert(droppedMessages > 0, "nothing was dropped");
  assert.equal(messages + droppedMessages, codes.filter((code) => code === status.OK).length);
  const late = open();
  late.write(message("edge-2"));
  assert.equal((await statusOf(late)).code, status.UNAVAILABLE);
  assert.equal(streams.stats.refusedOverloaded, 1);
});

/** A service that notes what it is told and answers the first message of a stream. */
async function start(t: TestContext, options: NodeStreamOptions = {}) {
  const streams = new NodeStreams(options);
  const taken: string[] = [];
  const opened: NodeStream[] = [];
  const { address } = await serve(t, {
    "/t.T/Tell": (call) =>
      streams.open(call, {
        nodePath: [1],
        open(stream) {
          opened.push(stream);
          taken.push(`${stream.node.id} opens`);
          stream.write(new Uint8Array(1));
          return {
            message: ({ length }) => void taken.push(`${stream.node.id} says ${length}`),
            close: () => taken.push(`${stream.node.id} closes`),
          };
        },
      }),
  });
  const client = grpcClient(t, address);
  return {
    ...{ streams, taken, opened },
    open(headers: Readonly<Record<string, string>> = {}) {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      return callBidi(client, "/t.T/Tell", { metadata });
    },
  };
}

/** A message with a node in field 1, or an empty one. */
function message(node?: string): Buffer {
  if (node === undefined) return Buffer.alloc(0);
  const bytes = new WireWriter().tag(1, WireType.Bytes).string(node).finish();
  return Buffer.from(new WireWriter().tag(1, WireType.Bytes).bytes(bytes).finish());
}
