import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { status } from "@grpc/grpc-js";
import { callBidi, collect, grpcClient, type Stream, statusOf } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import { NodeStreams } from "./node-streams.ts";
import { type TapSinkOptions, tapSinkHandlers } from "./tap-sink.ts";
import type { TapTrace } from "./tap-trace.ts";
import { encode } from "./testdata/messages.ts";

const identifier = { node: { id: "edge-1", cluster: "edge" }, tap_id: "checkout" };
const huge = "18446744073709551615";

test("a whole trace is handed over as it comes, with the name of its tap, and without credentials", async (t) => {
  const { send, taken, traces } = await start(t);
  await send([
    {
      ...{ identifier, trace_id: huge },
      trace: {
        http_buffered_trace: {
          request: {
            headers: [header(":path", "/a"), header("Authorization", "Bearer secret"), header("x-raw", "", "/w==")],
            body: { as_bytes: Buffer.from("ask").toString("base64") },
            headers_received_time: "2026-11-25T00:00:00.5Z",
          },
          response: {
            headers: [header(":status", "200"), header("set-cookie", "a=b"), header("set-cookie", "c=d")],
            body: { as_string: "answ", truncated: true },
            trailers: [header("grpc-status", "0")],
          },
          downstream_connection: { local_address: socket("10.0.0.1", 80), remote_address: socket("10.0.0.2", 4321) },
        },
      },
    },
    { identifier: { node: { id: "another" }, tap_id: "another" }, trace_id: "2", trace: { socket_buffered_trace: {} } },
  ]);
  assert.deepEqual(taken, ["edge-1 checkout", "edge-1 checkout"]);
  assert.deepEqual(traces[0], {
    ...{ kind: "http", traceId: 18446744073709551615n, end: "whole", incomplete: false },
    request: {
      headers: [
        { name: ":path", value: "/a" },
        { name: "authorization", value: "[redacted]" },
        { name: "x-raw", value: "ÿ" },
      ],
      ...{ body: { data: bytes("ask"), truncated: false }, trailers: [], receivedAtMs: 1_795_564_800_500 },
    },
    response: {
      headers: [
        { name: ":status", value: "200" },
        { name: "set-cookie", value: "[redacted]" },
        { name: "set-cookie", value: "[redacted]" },
      ],
      ...{ body: { data: bytes("answ"), truncated: true }, trailers: [{ name: "grpc-status", value: "0" }] },
    },
    downstream: { local: "10.0.0.1:80", remote: "10.0.0.2:4321" },
  });
});

test("which headers are hidden can be chosen", async (t) => {
  const { send, traces } = await start(t, { hiddenHeaders: new Set(["x-session"]) });
  const headers = [header("x-session", "1"), header("authorization", "2")];
  await send([{ identifier, trace: { http_buffered_trace: { request: { headers } } } }]);
  assert.deepEqual(headersOf(traces[0]), ["x-session: [redacted]", "authorization: 2"]);
});

test("pieces are joined by the id of their trace, wherever it is said; response trailers end it", async (t) => {
  const { send, traces, sink } = await start(t);
  const inner = (piece: object) => ({ trace: { http_streamed_trace_segment: { trace_id: "2", ...piece } } });
  await send([
    { identifier, ...piece(1, { request_headers: { headers: [header(":path", "/one"), header("cookie", "a=b")] } }) },
    inner({ request_headers: { headers: [header(":path", "/two")] } }),
    piece(1, { request_body_chunk: { as_bytes: "YQ==" } }),
    inner({ request_body_chunk: { as_bytes: "Yg==", truncated: true } }),
    piece(1, { response_headers: { headers: [header(":status", "200")] } }),
    piece(1, { request_body_chunk: { as_string: "bc" } }),
    piece(1, { request_trailers: { headers: [header("x-end", "1")] } }),
    piece(1, { response_body_chunk: { as_string: "hello" } }),
    inner({ response_headers: {} }),
    inner({ response_trailers: { headers: [header("grpc-status", "0")] } }),
    piece(1, { response_trailers: {} }),
  ]);
  assert.deepEqual(traces.map(brief), [
    "2 whole: request b~ [:path: /two], response  []",
    "1 whole: request abc [:path: /one, cookie: [redacted]], response hello [:status: 200]",
  ]);
  assert.partialDeepStrictEqual(sink.stats, { traces: 2, incompleteTraces: 0, openTraces: 0, openBytes: 0 });
});

test("a trace of which nothing comes any more ends, and so does one that goes on for too long", async (t) => {
  const quiet = await start(t, { traces: { quietMs: 20 } });
  const stream = quiet.open();
  for (const message of exchange(1)) stream.write(message);
  await quiet.next();
  assert.deepEqual(quiet.traces.map(brief), ["1 quiet: request  [:path: /1], response hi []"]);
  stream.end();
  await statusOf(stream);

  const slow = await start(t, { traces: { maxAgeMs: 1e-9 } });
  await slow.send([{ identifier, ...piece(1, { request_headers: {} }) }]);
  assert.deepEqual(slow.traces.map(brief), ["1 age: request  []"]);
});

test("the end of a stream ends its traces; those of another stream with the same ids are others", async (t) => {
  const { open, traces } = await start(t);
  const [one, two] = [open(), open()];
  for (const message of exchange(1, "/one")) one.write(message);
  for (const message of exchange(1, "/two")) two.write(message);
  one.end();
  await statusOf(one);
  two.end();
  await statusOf(two);
  assert.deepEqual(traces.map(brief), [
    "1 stream: request  [:path: /one], response hi []",
    "1 stream: request  [:path: /two], response hi []",
  ]);
});

test("pieces out of order never mix two traces: what cannot follow begins another", async (t) => {
  const { send, traces } = await start(t);
  await send([
    { identifier, ...piece(1, { response_body_chunk: { as_string: "late" } }) },
    piece(1, { request_headers: { headers: [header(":path", "/a")] } }),
    piece(1, { request_trailers: {} }),
    piece(1, { request_body_chunk: { as_string: "after the end" } }),
    piece(1, { response_headers: { headers: [header(":status", "100")] } }),
    piece(1, { response_headers: { headers: [header(":status", "200")] } }),
    { trace_id: "1", trace: { socket_streamed_trace_segment: { connection: {} } } },
    { trace_id: "1", trace: { socket_streamed_trace_segment: { connection: {} } } },
    { trace_id: "3" },
    { trace_id: "3", trace: { http_streamed_trace_segment: {} } },
  ]);
  assert.deepEqual(traces.map(brief), [
    "1 repeated incomplete: response late []",
    "1 repeated: request  [:path: /a]",
    "1 repeated incomplete: request after the end [], response  [:status: 100]",
    "1 repeated incomplete: response  [:status: 200]",
    "1 repeated: socket",
    "1 stream: socket",
  ]);
});

test("what one trace holds is bounded, and it says what it lacks", async (t) => {
  const { send, traces, sink } = await start(t, { traces: { maxTraceBytes: 400 } });
  const chunk = { request_body_chunk: { as_string: "x".repeat(100) } };
  await send([
    { identifier, ...piece(1, { request_headers: {} }) },
    ...Array.from({ length: 1000 }, () => piece(1, chunk)),
    piece(2, { request_headers: { headers: Array.from({ length: 100 }, () => header("x-a", "1")) } }),
    { trace_id: "3", trace: { socket_streamed_trace_segment: { connection: {} } } },
    ...Array.from({ length: 1000 }, () => socketEvent(3, { read: { data: { as_string: "y".repeat(100) } } })),
  ]);
  const sizes = traces.map((trace) =>
    trace.kind === "http"
      ? [trace.request?.body.data.length, trace.request?.body.truncated, trace.incomplete]
      : [trace.events.length, trace.readTruncated, trace.writeTruncated],
  );
  assert.deepEqual(sizes, [
    [208, true, false],
    [0, false, true],
    [2, true, false],
  ]);
  assert.equal(sink.stats.openBytes, 0);
});

test("what all traces hold is bounded: those that were quiet longest end", async (t) => {
  const few = await start(t, { traces: { maxTraces: 2 } });
  await few.send([1, 2, 1, 3, 4].map((id, index) => ({ ...(index === 0 && { identifier }), ...chunkOf(id, "z") })));
  assert.deepEqual(
    few.traces.map(({ traceId, end }) => `${traceId} ${end}`),
    [...["2 crowded", "1 crowded"], ...["3 stream", "4 stream"]],
  );
  const small = await start(t, { traces: { maxBytes: 1000 } });
  await small.send([1, 2, 3].map((id) => ({ ...(id === 1 && { identifier }), ...chunkOf(id, "z".repeat(400)) })));
  assert.deepEqual(
    small.traces.map(({ traceId, end }) => `${traceId} ${end}`),
    ["1 crowded", "2 stream", "3 stream"],
  );
  assert.partialDeepStrictEqual(small.sink.stats, { crowdedTraces: 1, openTraces: 0, openBytes: 0 });
});

test("a trace that lacks a piece, since too much was waiting, says so; new streams are refused meanwhile", async (t) => {
  const { open, traces, sink } = await start(t, { streams: new NodeStreams({ maxQueuedBytes: 1 }) });
  const streams = Array.from({ length: 10 }, () => open());
  for (const stream of streams) for (const message of exchange(1)) stream.write(message);
  for (const stream of streams) stream.end();
  await Promise.all(streams.map(statusOf));
  const { droppedMessages, incompleteTraces } = sink.stats;
  assert(droppedMessages > 0, "nothing was dropped");
  assert.equal(incompleteTraces, traces.filter(({ incomplete }) => incomplete).length);
  for (const trace of traces) {
    assert.equal(
      brief(trace).replace(/\d+ \w+( incomplete)?: /, "") === "request  [:path: /1], response hi []",
      !trace.incomplete,
    );
  }
  const late = open();
  late.write(exchange(1)[0]);
  assert.equal((await statusOf(late)).code, status.UNAVAILABLE);
});

test("a connection is told whole, or event by event until it is closed", async (t) => {
  const { send, traces } = await start(t);
  const connection = { local_address: socket("::1", 443), remote_address: socket("10.0.0.2", 4321) };
  const timestamp = "2026-11-25T00:00:00Z";
  await send([
    {
      ...{ identifier, trace_id: "1" },
      trace: {
        socket_buffered_trace: {
          ...{ trace_id: "1", connection, write_truncated: true },
          events: [
            { timestamp, read: { data: { as_string: "GET" } } },
            { timestamp, write: { data: { as_string: "200", truncated: true }, end_stream: true } },
            { timestamp },
          ],
        },
      },
    },
    { trace_id: "2", trace: { socket_streamed_trace_segment: { trace_id: "2", connection } } },
    socketEvent(2, { read: { data: { as_string: "a" } } }),
    {
      trace_id: "3",
      trace: {
        socket_streamed_trace_segment: {
          trace_id: "3",
          events: { events: [{ connection, read: { data: { as_string: "b" } } }, { write: {} }] },
        },
      },
    },
    socketEvent(2, { closed: {} }),
    socketEvent(3, { closed: {} }),
  ]);
  const at = { atMs: 1_795_564_800_000 };
  const ends = { local: "[::1]:443", remote: "10.0.0.2:4321" };
  const body = (text: string, truncated = false) => ({ data: bytes(text), truncated });
  assert.deepEqual(traces, [
    {
      ...{ kind: "socket", traceId: 1n, end: "whole", incomplete: false, connection: ends },
      ...{ readTruncated: false, writeTruncated: true },
      events: [
        { kind: "read", ...at, body: body("GET") },
        { kind: "write", ...at, body: body("200", true), endStream: true },
      ],
    },
    {
      ...{ kind: "socket", traceId: 2n, end: "whole", incomplete: false, connection: ends },
      ...{ readTruncated: false, writeTruncated: false },
      events: [{ kind: "read", body: body("a") }, { kind: "closed" }],
    },
    {
      ...{ kind: "socket", traceId: 3n, end: "whole", incomplete: false, connection: ends },
      ...{ readTruncated: false, writeTruncated: false },
      events: [
        { kind: "read", body: body("b") },
        { kind: "write", body: body(""), endStream: false },
        { kind: "closed" },
      ],
    },
  ]);
});

test("who does not say who it is, or sends what is no message, is refused; what is thrown ends the stream", async (t) => {
  const { open } = await start(t, {
    onTrace() {
      throw new Error("full");
    },
  });
  const codeOf = async (...messages: readonly Buffer[]) => {
    const stream = open();
    for (const message of messages) stream.write(message);
    stream.end();
    return (await statusOf(stream)).code;
  };
  assert.equal(await codeOf(encode(request, { trace_id: "1" })), status.INVALID_ARGUMENT);
  const hello = encode(request, { identifier });
  assert.equal(await codeOf(hello, Buffer.from([0x1a, 0x02, 0x12, 0x7f])), status.INVALID_ARGUMENT);
  assert.equal(await codeOf(hello, encode(request, { trace: { http_buffered_trace: {} } })), status.INTERNAL);
});

test("a message of very many parts is refused: nobody else has a turn while it is read", async (t) => {
  const { open } = await start(t);
  const list = (field: number, count: number) => Buffer.alloc(count * 2, Buffer.from([(field << 3) | 2, 0]));
  const within = (fields: readonly number[], bytes: Buffer) =>
    fields.reduceRight(
      (inner, field) => Buffer.from(new WireWriter().tag(field, WireType.Bytes).bytes(inner).finish()),
      bytes,
    );
  const codeOf = async (message: Buffer) => {
    const stream = open();
    stream.write(encode(request, { identifier }));
    stream.write(message);
    stream.end();
    return (await statusOf(stream)).code;
  };
  // Headers of a request, events of a connection, pieces of one, and fields that nobody knows.
  for (const [path, field] of [
    [[3, 1, 1], 1],
    [[3, 3], 3],
    [[3, 4, 4], 1],
    [[3], 15],
  ] as const) {
    assert.equal(await codeOf(within(path, list(field, 100_000))), status.RESOURCE_EXHAUSTED);
    assert.equal(await codeOf(within(path, list(field, 1_000))), status.OK);
  }
});

test("whoever ends its stream gets the one response of the method", async (t) => {
  const { open } = await start(t);
  const stream = open();
  stream.write(encode(request, { identifier }));
  stream.end();
  const { messages, status: ended } = await collect(stream);
  assert.deepEqual([messages.map(({ length }) => length), ended.code], [[0], status.OK]);
});

test("limits are checked", () => {
  assert.throws(() => tapSinkHandlers({ onTrace() {}, traces: { quietMs: 0 } }), {
    message: "quietMs is 0: it must be a number above 0",
  });
});

const request = "envoy.service.tap.v3.StreamTapsRequest";

async function start(t: TestContext, options: Partial<TapSinkOptions> = {}) {
  const traces: TapTrace[] = [];
  const taken: string[] = [];
  let arrived = Promise.withResolvers<void>();
  const sink = tapSinkHandlers({
    onTrace(trace, { node, tapId }) {
      traces.push(trace);
      taken.push(`${node.id} ${tapId}`);
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
    ...options,
  });
  const { address } = await serve(t, Object.fromEntries(sink.methods.map(({ method, open }) => [method, open])));
  const client = grpcClient(t, address);
  const [{ method = "" } = {}] = sink.methods;
  const open = (): Stream => callBidi(client, method);
  return {
    ...{ traces, taken, sink, open },
    next: () => arrived.promise,
    /** Sends messages on a stream of their own. */
    async send(messages: readonly object[]) {
      const stream = open();
      for (const message of messages) stream.write(encode(request, message));
      stream.end();
      assert.equal((await statusOf(stream)).code, status.OK);
    },
  };
}

function piece(traceId: number, segment: object): object {
  return { trace_id: `${traceId}`, trace: { http_streamed_trace_segment: segment } };
}

function chunkOf(traceId: number, text: string): object {
  return piece(traceId, { request_body_chunk: { as_string: text } });
}

function socketEvent(traceId: number, event: object): object {
  return { trace_id: `${traceId}`, trace: { socket_streamed_trace_segment: { trace_id: `${traceId}`, event } } };
}

/** The messages of a request and a response without trailers, which say who sends them. */
function exchange(traceId: number, path = `/${traceId}`): readonly [Buffer, Buffer, Buffer] {
  return [
    encode(request, { identifier, ...piece(traceId, { request_headers: { headers: [header(":path", path)] } }) }),
    encode(request, piece(traceId, { response_headers: {} })),
    encode(request, piece(traceId, { response_body_chunk: { as_string: "hi" } })),
  ];
}

function header(key: string, value: string, raw_value?: string): object {
  return { key, value, ...(raw_value !== undefined && { raw_value }) };
}

function socket(address: string, port_value: number): object {
  return { socket_address: { address, port_value } };
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** A trace as a line; a body that is truncated ends in `~`. */
function brief(trace: TapTrace): string {
  const about = `${trace.traceId} ${trace.end}${trace.incomplete ? " incomplete" : ""}`;
  if (trace.kind === "socket") return `${about}: socket`;
  const sides = (["request", "response"] as const).flatMap((of) => {
    const message = trace[of];
    if (message === undefined) return [];
    const { headers, body } = message;
    const text = `${Buffer.from(body.data)}${body.truncated ? "~" : ""}`;
    return `${of} ${text} [${headers.map(({ name, value }) => `${name}: ${value}`).join(", ")}]`;
  });
  return `${about}: ${sides.join(", ")}`;
}

function headersOf(trace: TapTrace | undefined): readonly string[] {
  return trace?.kind === "http" ? (trace.request?.headers ?? []).map(({ name, value }) => `${name}: ${value}`) : [];
}
