import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ErrorCode } from "./codes.ts";
import type { Flood } from "./floods.ts";
import { frameOf, ping, reset, settings, windowUpdate } from "./frame.ts";
import { encodeHeaders } from "./hpack/encoder.ts";
import { data, type Frame, headers, PREFACE, peer, request } from "./testdata/peer.ts";
import { type Answer, answerWith, echo, serve } from "./testdata/serve.ts";

const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 32;

/** Takes what comes and never answers. */
const silent: Answer = () => {};
/** Never looks at what comes. */
const unread: Answer = (stream) => stream.serve({ received() {}, receivedAll() {}, drained() {}, closed() {} });
const ended = headers(1, { flags: END_HEADERS | END_STREAM });
const itself = Buffer.from([0, 0, 0, 1, 16]);

async function heard(t: TestContext, bytes: readonly Uint8Array[], answer: Answer) {
  const { port } = await serve(t, answer);
  const client = await peer(t, port, []);
  client.say(...bytes);
  return client;
}

function codeIn({ type, payload }: Frame): number {
  return payload.readUInt32BE(type === 7 ? 4 : 0);
}

interface Wrong {
  readonly what: string;
  readonly said: readonly Uint8Array[];
  readonly code: number;
  readonly answer?: Answer;
}

const ofConnections: readonly Wrong[] = [
  {
    what: "a frame above 16 KiB (4.2)",
    said: [frameOf(0, 0, 1, Buffer.alloc(16_385))],
    code: ErrorCode.FRAME_SIZE_ERROR,
  },
  {
    what: "a block that is not HPACK (4.3)",
    said: [headers(1, { block: Buffer.from([0xff]) })],
    code: ErrorCode.COMPRESSION_ERROR,
  },
  {
    what: "another frame within a block (6.2)",
    said: [headers(1, { flags: 0 }), ping(Buffer.alloc(8), 0)],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  { what: "DATA within a block (6.2)", said: [headers(1, { flags: 0 }), data(1, "x")], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "a block of another stream within a block (6.10)",
    said: [headers(1, { flags: 0 }), frameOf(9, END_HEADERS, 3, Buffer.alloc(0))],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "CONTINUATION without HEADERS (6.10)",
    said: [headers(1), frameOf(9, END_HEADERS, 1, Buffer.alloc(0))],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  { what: "a stream of an even number (5.1.1)", said: [headers(2)], code: ErrorCode.PROTOCOL_ERROR },
  { what: "a stream of number 0 (6.2)", said: [headers(0)], code: ErrorCode.PROTOCOL_ERROR },
  { what: "a stream that is closed (5.1)", said: [ended, ended], code: ErrorCode.STREAM_CLOSED, answer: echo },
  { what: "a stream before the last one (5.1.1)", said: [headers(5), headers(3)], code: ErrorCode.STREAM_CLOSED },
  { what: "DATA of the connection (6.1)", said: [data(0, "x")], code: ErrorCode.PROTOCOL_ERROR },
  { what: "DATA of a stream that is not open (5.1)", said: [data(1, "x")], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "more padding than DATA (6.1)",
    said: [headers(1), frameOf(0, PADDED, 1, Buffer.from([5, 0, 0]))],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "padded DATA without a length of padding (6.1)",
    said: [headers(1), frameOf(0, PADDED, 1, Buffer.alloc(0))],
    code: ErrorCode.FRAME_SIZE_ERROR,
  },
  {
    what: "more padding than HEADERS (6.2)",
    said: [headers(1, { flags: END_HEADERS | PADDED, block: Buffer.from([9, 0x82]) })],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "HEADERS without the priority they have (6.2)",
    said: [headers(1, { flags: END_HEADERS | PRIORITY, block: Buffer.from([0, 0]) })],
    code: ErrorCode.FRAME_SIZE_ERROR,
  },
  { what: "PRIORITY of the connection (6.3)", said: [frameOf(2, 0, 0, itself)], code: ErrorCode.PROTOCOL_ERROR },
  { what: "PRIORITY of four bytes (6.3)", said: [frameOf(2, 0, 1, Buffer.alloc(4))], code: ErrorCode.FRAME_SIZE_ERROR },
  { what: "PRIORITY on the stream itself (5.3.1)", said: [frameOf(2, 0, 1, itself)], code: ErrorCode.PROTOCOL_ERROR },
  { what: "RST_STREAM of the connection (6.4)", said: [reset(0, 8)], code: ErrorCode.PROTOCOL_ERROR },
  { what: "RST_STREAM of a stream that is not open (6.4)", said: [reset(1, 8)], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "RST_STREAM of three bytes (6.4)",
    said: [headers(1), frameOf(3, 0, 1, Buffer.alloc(3))],
    code: ErrorCode.FRAME_SIZE_ERROR,
  },
  {
    what: "an acknowledgement with settings (6.5)",
    said: [frameOf(4, 1, 0, Buffer.alloc(6))],
    code: ErrorCode.FRAME_SIZE_ERROR,
  },
  { what: "SETTINGS of a stream (6.5)", said: [frameOf(4, 0, 1, Buffer.alloc(6))], code: ErrorCode.PROTOCOL_ERROR },
  { what: "half a setting (6.5)", said: [frameOf(4, 0, 0, Buffer.alloc(5))], code: ErrorCode.FRAME_SIZE_ERROR },
  { what: "ENABLE_PUSH 2 (6.5.2)", said: [settings([[2, 2]])], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "INITIAL_WINDOW_SIZE 2^31 (6.5.2)",
    said: [settings([[4, 2 ** 31]])],
    code: ErrorCode.FLOW_CONTROL_ERROR,
  },
  { what: "MAX_FRAME_SIZE 16,383 (6.5.2)", said: [settings([[5, 16_383]])], code: ErrorCode.PROTOCOL_ERROR },
  { what: "MAX_FRAME_SIZE 2^24 (6.5.2)", said: [settings([[5, 2 ** 24]])], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "PUSH_PROMISE (8.4)",
    said: [headers(1), frameOf(5, END_HEADERS, 1, Buffer.alloc(4))],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  { what: "PING of a stream (6.7)", said: [frameOf(6, 0, 1, Buffer.alloc(8))], code: ErrorCode.PROTOCOL_ERROR },
  { what: "PING of six bytes (6.7)", said: [frameOf(6, 0, 0, Buffer.alloc(6))], code: ErrorCode.FRAME_SIZE_ERROR },
  { what: "GOAWAY of a stream (6.8)", said: [frameOf(7, 0, 1, Buffer.alloc(8))], code: ErrorCode.PROTOCOL_ERROR },
  { what: "GOAWAY of four bytes (6.8)", said: [frameOf(7, 0, 0, Buffer.alloc(4))], code: ErrorCode.FRAME_SIZE_ERROR },
  {
    what: "WINDOW_UPDATE by 0 of the connection (6.9)",
    said: [windowUpdate(0, 0)],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "WINDOW_UPDATE of three bytes (6.9)",
    said: [frameOf(8, 0, 0, Buffer.alloc(3))],
    code: ErrorCode.FRAME_SIZE_ERROR,
  },
  {
    what: "WINDOW_UPDATE of a stream that is not open (5.1)",
    said: [windowUpdate(1, 1)],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "a window of the connection above 2^31 - 1 (6.9.1)",
    said: [windowUpdate(0, 2 ** 31 - 1)],
    code: ErrorCode.FLOW_CONTROL_ERROR,
  },
  {
    what: "a window above 2^31 - 1 by a setting (6.9.2)",
    said: [headers(1), windowUpdate(1, 2 ** 30), settings([[4, 2 ** 31 - 1]])],
    code: ErrorCode.FLOW_CONTROL_ERROR,
  },
  {
    what: "a block of more bytes than there may be headers",
    said: [headers(1, { flags: 0 }), ...Array.from({ length: 9 }, () => frameOf(9, 0, 1, Buffer.alloc(16_384)))],
    code: ErrorCode.ENHANCE_YOUR_CALM,
  },
  {
    what: "a block of very many frames",
    said: [headers(1, { flags: 0 }), ...Array.from({ length: 64 }, () => frameOf(9, 0, 1, Buffer.alloc(0)))],
    code: ErrorCode.ENHANCE_YOUR_CALM,
  },
];

for (const { what, said, code, answer = silent } of ofConnections) {
  test(`${what} ends the connection with error ${code}`, async (t) => {
    const client = await heard(t, said, answer);
    const goaway = await client.find(({ type }) => type === 7);
    assert.equal(goaway && codeIn(goaway), code);
    await client.whenClosed();
  });
}

const withHeaders = (...more: [string, string][]) => headers(1, { block: request(...more) });
const block = (...fields: [string, string][]) => headers(1, { block: encodeHeaders(fields) });

const many = Array.from({ length: 500 }, (_, index): [string, string] => ["a", String(index).padEnd(140, ".")]);

/** A block in frames that are as large as may be. */
function continued(streamId: number, block: Buffer): Buffer[] {
  const count = Math.ceil(block.length / 16_384);
  return Array.from({ length: count }, (_, index) => {
    const part = block.subarray(16_384 * index, 16_384 * (index + 1));
    return frameOf(index === 0 ? 1 : 9, index === count - 1 ? END_HEADERS : 0, streamId, part);
  });
}

const ofStreams: readonly Wrong[] = [
  { what: "a header in upper case (8.2.1)", said: [withHeaders(["X-Test", "1"])], code: ErrorCode.PROTOCOL_ERROR },
  { what: "a value with a line feed (8.2.1)", said: [withHeaders(["x-test", "a\nb"])], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "a value that begins with a space (8.2.1)",
    said: [withHeaders(["x-test", " a"])],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "a header of the connection (8.2.2)",
    said: [withHeaders(["connection", "keep-alive"])],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  { what: "te that is not trailers (8.2.2)", said: [withHeaders(["te", "gzip"])], code: ErrorCode.PROTOCOL_ERROR },
  { what: "an unknown pseudo-header (8.3)", said: [withHeaders([":test", "1"])], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "a pseudo-header of responses (8.3)",
    said: [withHeaders([":status", "200"])],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "a pseudo-header after others (8.3)",
    said: [block([":method", "POST"], ["a", "b"], [":scheme", "http"], [":path", "/"])],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "a pseudo-header that comes twice (8.3)",
    said: [withHeaders([":path", "/b"])],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  { what: "no :method (8.3.1)", said: [block([":scheme", "http"], [":path", "/"])], code: ErrorCode.PROTOCOL_ERROR },
  { what: "no :scheme (8.3.1)", said: [block([":method", "POST"], [":path", "/"])], code: ErrorCode.PROTOCOL_ERROR },
  { what: "no :path (8.3.1)", said: [block([":method", "POST"], [":scheme", "http"])], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "an empty :path (8.3.1)",
    said: [block([":method", "POST"], [":scheme", "http"], [":path", ""])],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "a content-length that is no number (8.1.1)",
    said: [withHeaders(["content-length", "many"])],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "more body than its content-length (8.1.1)",
    said: [withHeaders(["content-length", "1"]), data(1, "ab")],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "less body than its content-length (8.1.1)",
    said: [withHeaders(["content-length", "3"]), data(1, "a"), data(1, "b", END_STREAM)],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "no body with a content-length (8.1.1)",
    said: [headers(1, { flags: 5, block: request(["content-length", "3"]) })],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "trailers where body is missing (8.1.1)",
    said: [withHeaders(["content-length", "3"]), headers(1, { flags: 5, block: encodeHeaders([["a", "b"]]) })],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "trailers that do not end the stream (8.1)",
    said: [headers(1), headers(1, { block: encodeHeaders([["a", "b"]]) })],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  {
    what: "a pseudo-header in trailers (8.1)",
    said: [headers(1), headers(1, { flags: 5 })],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  { what: "HEADERS after the end (5.1)", said: [ended, headers(1)], code: ErrorCode.STREAM_CLOSED },
  { what: "DATA after the end (5.1)", said: [ended, data(1, "x")], code: ErrorCode.STREAM_CLOSED },
  {
    what: "DATA of a stream that was reset (5.1)",
    said: [headers(1), reset(1, 8), data(1, "x")],
    code: ErrorCode.STREAM_CLOSED,
  },
  {
    what: "a stream on itself (5.3.1)",
    said: [headers(1, { flags: END_HEADERS | PRIORITY, block: Buffer.concat([itself, request()]) })],
    code: ErrorCode.PROTOCOL_ERROR,
  },
  { what: "WINDOW_UPDATE by 0 (6.9)", said: [headers(1), windowUpdate(1, 0)], code: ErrorCode.PROTOCOL_ERROR },
  {
    what: "a window above 2^31 - 1 (6.9.1)",
    said: [headers(1), windowUpdate(1, 2 ** 31 - 1)],
    code: ErrorCode.FLOW_CONTROL_ERROR,
  },
  { what: "more headers than allowed", said: continued(1, request(...many)), code: ErrorCode.ENHANCE_YOUR_CALM },
];

for (const { what, said, code } of ofStreams) {
  test(`${what} ends the stream with error ${code}, and the connection goes on`, async (t) => {
    const client = await heard(t, said, silent);
    const told = await client.find(({ type }) => type === 3);
    assert.equal(told && codeIn(told), code);
    await client.heard();
    assert.equal(client.closed, false);
  });
}

for (const said of ["GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", Buffer.alloc(24)]) {
  test(`${JSON.stringify(String(said).slice(0, 20))} is not HTTP/2 and ends the connection (3.4)`, async (t) => {
    const { port } = await serve(t, echo);
    const client = await peer(t, port);
    client.say(Buffer.from(said));
    await client.whenClosed();
  });
}

test("what comes before the first SETTINGS ends the connection (3.4)", async (t) => {
  const { port } = await serve(t, echo);
  const client = await peer(t, port);
  client.say(PREFACE, headers(1));
  assert.ok(await client.find((frame) => frame.type === 7 && codeIn(frame) === ErrorCode.PROTOCOL_ERROR));
});

test("settings are acknowledged, and a ping is answered with what it says", async (t) => {
  const client = await heard(t, [settings([[0xabc, 1]]), ping(Buffer.from("12345678"), 0)], silent);
  const answer = await client.find(({ type }) => type === 6);
  assert.deepEqual([answer?.flags, String(answer?.payload)], [1, "12345678"]);
  assert.equal(client.frames.filter(({ type, flags }) => type === 4 && flags === 1).length, 2);
});

test("unknown frames, and unknown bits of known ones, are ignored (4.1, 5.5)", async (t) => {
  const client = await heard(
    t,
    [frameOf(0x16, 0xff, 7, Buffer.alloc(8)), frameOf(6, 0xfe, 0, Buffer.alloc(8))],
    silent,
  );
  await client.heard();
  assert.equal(client.closed, false);
});

test("padding and a priority are left out of what they stand around", async (t) => {
  const padded = Buffer.concat([Buffer.of(3), Buffer.alloc(5), request(), Buffer.alloc(3)]);
  const body = Buffer.concat([Buffer.of(2), Buffer.from("hello"), Buffer.alloc(2)]);
  const client = await heard(
    t,
    [frameOf(1, END_HEADERS | PADDED | PRIORITY, 1, padded), frameOf(0, PADDED | END_STREAM, 1, body)],
    echo,
  );
  await client.find(({ type, flags }) => type === 1 && flags === 5);
  assert.equal(String(client.body(1)), "hello");
});

test("a block may be cut anywhere, and trailers end a request", async (t) => {
  const parts = [...request()].map((byte, index) => frameOf(index === 0 ? 1 : 9, 0, 1, Buffer.of(byte)));
  const trailers = headers(1, { flags: 5, block: encodeHeaders([["a", "b"]]) });
  const client = await heard(t, [...parts, frameOf(9, END_HEADERS, 1, Buffer.alloc(0)), data(1, "x"), trailers], echo);
  await client.find(({ type, flags }) => type === 1 && flags === 5);
  assert.equal(String(client.body(1)), "x");
});

test("a response waits for the window of its stream, and goes on with each byte of it (6.9)", async (t) => {
  const { port } = await serve(t, answerWith(5));
  const client = await peer(t, port, [[4, 1]]);
  client.say(headers(1));
  for (let bytes = 1; bytes < 5; bytes++) {
    await client.find(() => client.body(1).length === bytes);
    await client.heard();
    assert.equal(client.body(1).length, bytes);
    client.say(windowUpdate(1, 1));
  }
  await client.find(({ type, flags }) => type === 1 && flags === 5);
  assert.equal(String(client.body(1)), "aaaaa");
});

test("a window may become negative by a setting, and is then to be filled first (6.9.2)", async (t) => {
  const { port } = await serve(t, answerWith(10));
  const client = await peer(t, port, [[4, 3]]);
  client.say(headers(1));
  await client.find(() => client.body(1).length === 3);
  client.say(settings([[4, 1]]), windowUpdate(1, 2));
  await client.heard();
  assert.equal(client.body(1).length, 3);
  client.say(settings([[4, 20]]));
  await client.find(({ type, flags }) => type === 1 && flags === 5);
  assert.equal(client.body(1).length, 10);
});

test("streams share the window of their connection, a frame of each in turn", async (t) => {
  const { port } = await serve(t, answerWith(100_000));
  const client = await peer(t, port, [[4, 1_000_000]]);
  client.say(headers(1), headers(3));
  await client.find(() => client.body(1).length === 65_535);
  client.say(windowUpdate(0, 32_768));
  await client.find(() => client.body(1).length + client.body(3).length === 65_535 + 32_768);
  assert.equal(client.body(3).length, 16_384);
  client.say(windowUpdate(0, 1_000_000));
  for (const id of [1, 3]) await client.find(({ streamId, flags }) => streamId === id && flags === 5);
  assert.deepEqual([client.body(1).length, client.body(3).length], [100_000, 100_000]);
});

test("no frame is larger than the client takes, and as large as it does", async (t) => {
  const { port } = await serve(t, answerWith(60_000));
  for (const bytes of [16_384, 20_000]) {
    const client = await peer(t, port, [[5, bytes]]);
    client.say(headers(1));
    await client.find(({ type, flags }) => type === 1 && flags === 5);
    assert.equal(Math.max(...client.frames.map(({ payload }) => payload.length)), bytes);
  }
});

test("a block that is too large for a frame goes on in CONTINUATION", async (t) => {
  const value = "v".repeat(40_000);
  const { port } = await serve(t, (stream) => stream.end(encodeHeaders([["long", value]])));
  const client = await peer(t, port, []);
  client.say(ended);
  await client.find(({ type, flags }) => type === 9 && flags === END_HEADERS);
  const frames = client.frames.filter(({ streamId }) => streamId === 1);
  assert.deepEqual(
    frames.map(({ type, flags }) => [type, flags]),
    [
      [1, END_STREAM],
      [9, 0],
      [9, END_HEADERS],
    ],
  );
  assert.ok(Buffer.concat(frames.map(({ payload }) => payload)).includes(value));
});

test("a client that wants no table of headers is told that there is none", async (t) => {
  const { port } = await serve(t, answerWith(1));
  const client = await peer(t, port, [[1, 0]]);
  client.say(headers(1), headers(3));
  await client.find(({ streamId, flags }) => streamId === 3 && flags === 5);
  const [first, ...others] = client.frames.filter(({ type }) => type === 1).map(({ payload }) => payload[0]);
  assert.equal(first, 0x20);
  assert.ok(!others.includes(0x20));
});

test("a client may send as much as its window has, and no more (6.9)", async (t) => {
  const { port } = await serve(t, unread, { streamWindowBytes: 70_000 });
  const client = await peer(t, port, []);
  client.say(headers(1), ...Array.from({ length: 4 }, () => data(1, Buffer.alloc(16_384))));
  await client.heard();
  assert.equal(
    client.frames.some(({ type }) => type === 3),
    false,
  );
  client.say(data(1, Buffer.alloc(4_465)));
  const told = await client.find(({ type }) => type === 3);
  assert.equal(told && codeIn(told), ErrorCode.FLOW_CONTROL_ERROR);
});

test("all streams together may be sent as much as the window of the connection has", async (t) => {
  const { port } = await serve(t, unread, { connectionWindowBytes: 65_535 });
  const client = await peer(t, port, []);
  const part = Buffer.alloc(16_384);
  client.say(headers(1), headers(3), data(1, part), data(3, part), data(1, part), data(3, part));
  const goaway = await client.find(({ type }) => type === 7);
  assert.equal(goaway && codeIn(goaway), ErrorCode.FLOW_CONTROL_ERROR);
});

test("a stream that is reset gives back what it held of the window of its connection", async (t) => {
  const { port } = await serve(t, unread, { connectionWindowBytes: 65_535 });
  const client = await peer(t, port, []);
  for (let id = 1; id < 41; id += 2) {
    client.say(headers(id), data(id, Buffer.alloc(16_384)), reset(id, 8));
    await client.heard();
  }
  assert.equal(client.closed, false);
});

test("what was on its way to a stream that is reset here is thrown away, and what is sent after that ends the connection", async (t) => {
  const { port } = await serve(t, unread, { streamWindowBytes: 65_535, connectionWindowBytes: 1 << 24 });
  const client = await peer(t, port, []);
  const part = Buffer.alloc(16_384);
  // One byte more than the window, so that it is reset, and as much again.
  client.say(
    headers(1),
    ...Array.from({ length: 4 }, () => data(1, part)),
    ...Array.from({ length: 3 }, () => data(1, part)),
  );
  await client.heard();
  assert.equal(client.closed, false);
  client.say(data(1, part), data(1, part));
  const goaway = await client.find(({ type }) => type === 7);
  assert.equal(goaway && codeIn(goaway), ErrorCode.STREAM_CLOSED);
});

test("more streams than may be open are refused, and there is room again when one has ended (5.1.2)", async (t) => {
  const { port } = await serve(t, silent, { maxConcurrentStreams: 2 });
  const client = await peer(t, port, []);
  client.say(headers(1), headers(3), headers(5));
  const told = await client.find(({ type }) => type === 3);
  assert.deepEqual([told?.streamId, told && codeIn(told)], [5, ErrorCode.REFUSED_STREAM]);
  client.say(reset(1, 8), headers(7));
  await client.heard();
  assert.equal(
    client.frames.some(({ type, streamId }) => type === 3 && streamId === 7),
    false,
  );
});

test("streams whose headers take too much memory are refused, one by one", async (t) => {
  const { port } = await serve(t, silent, { maxSessionMemoryBytes: 10_000 });
  const client = await peer(t, port, []);
  const large = request(["a", "b".repeat(5_000)]);
  client.say(headers(1, { block: large }), headers(3, { block: large }), headers(5));
  const told = await client.find(({ type }) => type === 3);
  assert.deepEqual([told?.streamId, told && codeIn(told)], [3, ErrorCode.ENHANCE_YOUR_CALM]);
  await client.heard();
  assert.equal(client.frames.filter(({ type }) => type === 3).length, 1);
});

test("a response that is complete before its request resets the stream without error (8.1)", async (t) => {
  const client = await heard(t, [headers(1)], answerWith(5));
  const told = await client.find(({ type }) => type === 3);
  assert.equal(told && codeIn(told), ErrorCode.NO_ERROR);
  assert.ok(client.frames.some(({ type, flags }) => type === 1 && flags === 5));
  client.say(data(1, "too late"), headers(1, { flags: 5, block: encodeHeaders([["a", "b"]]) }));
  await client.heard();
  assert.equal(client.closed, false);
  assert.equal(client.frames.filter(({ type }) => type === 3).length, 1);
});

const floods: readonly (readonly [what: string, limit: Flood, said: (index: number) => Buffer])[] = [
  ["pings", "maxPingsPerMinute", () => ping(Buffer.alloc(8), 0)],
  ["answers to no ping", "maxIdleFramesPerMinute", () => ping(Buffer.alloc(8), 1)],
  ["settings", "maxIdleFramesPerMinute", () => settings([])],
  ["priorities", "maxIdleFramesPerMinute", () => frameOf(2, 0, 1, Buffer.alloc(5))],
  ["unknown frames", "maxIdleFramesPerMinute", () => frameOf(99, 0, 1, Buffer.alloc(5))],
  ["empty data", "maxIdleFramesPerMinute", (index) => (index === 0 ? headers(1) : data(1, ""))],
  ["padding", "maxIdleFramesPerMinute", (index) => (index === 0 ? headers(1) : frameOf(0, PADDED, 1, Buffer.alloc(1)))],
  [
    "requests that are refused",
    "maxIdleFramesPerMinute",
    (index) => headers(2 * index + 1, { block: encodeHeaders([]) }),
  ],
  [
    "streams that are reset at once",
    "maxRapidResetsPerMinute",
    (index) => Buffer.concat([headers(2 * index + 1), reset(2 * index + 1, 8)]),
  ],
  [
    "streams made to be reset at once",
    "maxRapidResetsPerMinute",
    (index) => Buffer.concat([headers(2 * index + 1), windowUpdate(2 * index + 1, 0)]),
  ],
];

for (const [what, limit, said] of floods) {
  test(`a flood of ${what} ends the connection, and is told`, async (t) => {
    const limits = { maxPingsPerMinute: 20, maxRapidResetsPerMinute: 20, maxIdleFramesPerMinute: 20 };
    const { port, floods } = await serve(t, silent, limits);
    const client = await peer(t, port, []);
    client.say(...Array.from({ length: 25 }, (_, index) => said(index)));
    const goaway = await client.find(({ type }) => type === 7);
    assert.equal(goaway && codeIn(goaway), ErrorCode.ENHANCE_YOUR_CALM);
    await client.whenClosed();
    assert.deepEqual(floods, [limit]);
  });
}

test("a client is sent away in two steps: what it asks before it has heard the first is served", async (t) => {
  const { port, sessions } = await serve(t, echo);
  const client = await peer(t, port, []);
  client.say(headers(1));
  await client.find(({ streamId }) => streamId === 1);
  for (const session of sessions) session.drain();
  const asked = await client.find(({ type, flags }) => type === 6 && flags === 0);
  client.say(headers(3), frameOf(6, 1, 0, asked?.payload ?? Buffer.alloc(8)), headers(5));
  await client.find(({ type, streamId }) => type === 3 && streamId === 5);
  const lastIds = client.frames.filter(({ type }) => type === 7).map(({ payload }) => payload.readUInt32BE());
  assert.deepEqual(lastIds, [2 ** 31 - 1, 3]);
  client.say(data(3, "three", END_STREAM), data(1, "one", END_STREAM));
  await client.whenClosed();
  assert.deepEqual([String(client.body(1)), String(client.body(3))], ["one", "three"]);
});

test("what comes together with the end of the last stream of a connection that is drained is not served", async (t) => {
  let requests = 0;
  const { port, sessions } = await serve(t, (stream, headers) => {
    requests++;
    echo(stream, headers);
  });
  const client = await peer(t, port, []);
  client.say(headers(1));
  await client.find(({ streamId }) => streamId === 1);
  for (const session of sessions) session.drain();
  client.say(frameOf(6, 1, 0, Buffer.alloc(8)), data(1, "last", END_STREAM), headers(3), data(3, "more", END_STREAM));
  await client.whenClosed();
  assert.equal(String(client.body(1)), "last");
  assert.equal(requests, 1);
});
