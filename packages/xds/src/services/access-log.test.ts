import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { callBidi, grpcClient, statusOf } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import { type AccessLogOptions, accessLogHandlers, readEntries } from "./access-log.ts";
import { encodeMessage } from "./testdata/access-log-messages.ts";

const identifier = { node: { id: "edge-1", cluster: "edge" }, log_name: "front" };

test("a stream's identifier, in its first message, holds for all of them", async (t) => {
  const { open, taken, logs } = await start(t);
  const stream = open();
  stream.write(Buffer.from(encodeMessage({ identifier, http_logs: httpLogs("/a", "/b") })));
  stream.write(Buffer.from(encodeMessage({ http_logs: httpLogs("/c") })));
  stream.write(Buffer.from(encodeMessage({ tcp_logs: { log_entry: [{}] } })));
  stream.end();
  assert.equal((await statusOf(stream)).code, status.OK);
  const lines = ["http /a", "http /b", "http /c", "tcp "].map((line) => `edge-1 front ${line}`);
  assert.deepEqual(taken, lines);
  assert.partialDeepStrictEqual(logs.stats, { entries: 4, droppedEntries: 0, messages: 3 });
});

test("a message of many entries comes in portions", async (t) => {
  const { open, taken, calls } = await start(t);
  const paths = Array.from({ length: 1000 }, (_, index) => `/${index}`);
  const stream = open();
  stream.write(Buffer.from(encodeMessage({ identifier, http_logs: httpLogs(...paths) })));
  stream.end();
  await statusOf(stream);
  assert.deepEqual(
    taken,
    paths.map((path) => `edge-1 front http ${path}`),
  );
  assert(calls() > 10, `${calls()} calls for 1,000 entries`);
});

test("entries in messages that are dropped are counted, and the name of the log is known all the same", async (t) => {
  const { open, taken, logs } = await start(t, { maxQueuedBytes: 1 });
  const streams = Array.from({ length: 10 }, () => open());
  for (const stream of streams) {
    stream.write(Buffer.from(encodeMessage({ identifier, http_logs: httpLogs("/a", "/b", "/c") })));
    stream.write(Buffer.from(encodeMessage({ http_logs: httpLogs("/d") })));
    stream.end();
  }
  const codes = await Promise.all(streams.map(async (stream) => (await statusOf(stream)).code));
  const accepted = codes.filter((code) => code === status.OK).length;
  const { entries, droppedEntries } = logs.stats;
  assert.equal(entries + droppedEntries, accepted * 4);
  assert(droppedEntries > 0, "nothing was dropped");
  assert.equal(entries, taken.length);
  assert(taken.every((line) => line.startsWith("edge-1 front ")));
});

test("copies of entries stay when the buffer that they came in is used for something else", () => {
  const message = encodeMessage({ identifier, http_logs: httpLogs("/a", "/b") });
  const entries = [...readEntries(message)].flat().map((entry) => entry.copy());
  message.fill(0);
  assert.deepEqual(
    entries.map(({ kind, path }) => `${kind} ${path}`),
    ["http /a", "http /b"],
  );
});

test("a message that is not one ends its stream", async (t) => {
  const { open } = await start(t);
  const stream = open();
  stream.write(Buffer.from(encodeMessage({ identifier })));
  stream.write(Buffer.from([0x12, 0x02, 0x0a, 0x7f]));
  assert.equal((await statusOf(stream)).code, status.INVALID_ARGUMENT);
});

async function start(t: TestContext, options: Partial<AccessLogOptions> = {}) {
  const taken: string[] = [];
  let calls = 0;
  const logs = accessLogHandlers({
    onEntries(entries, { node, logName }) {
      calls++;
      for (const { kind, path } of entries) taken.push(`${node.id} ${logName} ${kind} ${path}`);
    },
    ...options,
  });
  const { address } = await serve(t, Object.fromEntries(logs.methods.map(({ method, open }) => [method, open])));
  const client = grpcClient(t, address);
  const [{ method = "" } = {}] = logs.methods;
  return { taken, logs, calls: () => calls, open: () => callBidi(client, method) };
}

function httpLogs(...paths: readonly string[]): object {
  return { log_entry: paths.map((path) => ({ request: { path } })) };
}
