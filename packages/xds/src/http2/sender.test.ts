import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { HEAD_BYTES, settings, windowUpdate } from "./frame.ts";
import { encodeHeaders } from "./hpack/encoder.ts";
import { Session, type Stream, type StreamHandler, Turns } from "./index.ts";
import { headers, PREFACE } from "./testdata/peer.ts";
import { defaults } from "./testdata/serve.ts";

const END = encodeHeaders([["end", "yes"]]);
const WIDE = 1 << 30;

interface SlowOptions {
  readonly maxWriteBytes?: number;
  readonly turns?: Turns;
  readonly handler?: Partial<StreamHandler>;
  /** How many streams its client opens. */
  readonly count?: number;
  /** What is done with each. */
  readonly respond?: (stream: Stream) => void;
  /** How much it takes on each. */
  readonly window?: number;
}

/** Streams of a client with wide windows, whose socket takes what it is given only when told to, all of it at once. */
async function slow({
  maxWriteBytes = 65_536,
  turns = new Turns(WIDE),
  handler = {},
  count = 1,
  respond = () => {},
  window = WIDE,
}: SlowOptions = {}) {
  const taken: Uint8Array[] = [];
  const batches: number[] = [];
  let release: (() => void) | undefined;
  const socket = new Duplex({
    read() {},
    writev(chunks, callback) {
      taken.push(...chunks.map(({ chunk }) => chunk));
      batches.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0));
      release = callback;
    },
  });
  const streams: Stream[] = [];
  const onStream = (stream: Stream) => {
    stream.serve({ received() {}, receivedAll() {}, drained() {}, closed() {}, ...handler });
    streams.push(stream);
    respond(stream);
  };
  new Session(socket, { ...defaults, maxWriteBytes, turns }, { onStream, onFlood() {}, onClose() {} });
  const ids = Array.from({ length: count }, (_, index) => headers(2 * index + 1, { flags: 5 }));
  socket.push(Buffer.concat([PREFACE, settings([[4, window]]), windowUpdate(0, WIDE), ...ids]));
  await takeAll();
  taken.length = 0;
  batches.length = 0;

  /** Lets the socket take everything; resolves when nothing more comes. */
  async function takeAll(): Promise<void> {
    await new Promise(setImmediate);
    while (release !== undefined) {
      const callback = release;
      release = undefined;
      callback();
      await new Promise(setImmediate);
    }
  }
  const [stream] = streams;
  assert.ok(stream);
  return { socket, stream, streams, taken, batches, takeAll };
}

function write(stream: Stream, ...chunks: readonly Uint8Array[]): void {
  writeList(stream, chunks);
}

function writeList(stream: Stream, chunks: readonly Uint8Array[], head: Uint8Array = Buffer.alloc(0)): void {
  stream.write(
    chunks.reduce((sum, { length }) => sum + length, head.length),
    head,
    chunks,
  );
}

/** What the DATA frames among `chunks` hold. */
function dataIn(chunks: readonly Uint8Array[]): Buffer {
  let bytes = Buffer.concat(chunks);
  const data: Buffer[] = [];
  while (bytes.length > 0) {
    const end = HEAD_BYTES + bytes.readUIntBE(0, 3);
    if (bytes[3] === 0) data.push(bytes.subarray(HEAD_BYTES, end));
    bytes = bytes.subarray(end);
  }
  return Buffer.concat(data);
}

test("a small message is one piece of one write", async () => {
  const { stream, taken, takeAll } = await slow();
  write(stream, Buffer.from("a"), Buffer.from("bc"));
  await takeAll();
  assert.equal(taken.length, 1);
  assert.equal(String(dataIn(taken)), "abc");
});

test("what is said at once is one write", async () => {
  const { stream, batches, takeAll } = await slow();
  stream.respond(END);
  write(stream, Buffer.from("a"));
  stream.end(END);
  await takeAll();
  assert.equal(batches.length, 1);
});

test("big chunks are handed over as they are, without a copy", async () => {
  const { stream, taken, takeAll } = await slow();
  const chunk = Buffer.alloc(30_000);
  write(stream, chunk, chunk);
  await takeAll();
  const large = taken.filter(({ length }) => length > HEAD_BYTES);
  assert.equal(dataIn(taken).length, 60_000);
  assert.ok(large.every(({ buffer }) => buffer === chunk.buffer));
});

test("no more than maxWriteBytes and a frame are handed over at a time", async () => {
  const { socket, stream, taken, batches, takeAll } = await slow();
  write(stream, Buffer.alloc(1_000_000));
  assert.ok(socket.writableLength <= 65_536 + 16_384);
  await takeAll();
  assert.ok(batches.every((bytes) => bytes <= 65_536 + 16_384 + 100));
  assert.equal(dataIn(taken).length, 1_000_000);
});

test("a drain comes once, when a stream that was not writable has nothing left", async () => {
  let drains = 0;
  const { stream, takeAll } = await slow({
    handler: {
      drained() {
        drains++;
        assert.equal(stream.writable, true);
      },
    },
  });
  write(stream, Buffer.alloc(10));
  assert.equal(stream.writable, true);
  for (let i = 0; i < 3; i++) write(stream, Buffer.alloc(100_000));
  assert.equal(stream.writable, false);
  await takeAll();
  assert.equal(stream.writable, true);
  assert.equal(drains, 1);
});

test("a small message that was taken at once is not followed by a drain", async () => {
  const { stream, takeAll } = await slow({ handler: { drained: () => assert.fail("nothing was blocked") } });
  write(stream, Buffer.alloc(10));
  await takeAll();
});

test("a small message behind others is followed by a drain", async () => {
  let drains = 0;
  const { stream, takeAll } = await slow({ handler: { drained: () => drains++ } });
  for (let i = 0; i < 10; i++) write(stream, Buffer.alloc(4_000));
  assert.equal(stream.writable, false);
  await takeAll();
  assert.equal(drains, 1);
});

test("who writes in a drain goes on and on", async () => {
  let left = 20;
  const { stream, taken, takeAll } = await slow({
    maxWriteBytes: 16_384,
    handler: {
      drained() {
        if (left-- > 0) write(stream, Buffer.alloc(20_000));
      },
    },
  });
  write(stream, Buffer.alloc(20_000));
  await takeAll();
  assert.equal(dataIn(taken).length, 21 * 20_000);
});

test("who writes in a drain without end leaves turns of the event loop to others", async () => {
  const socket = new Duplex({ read() {}, writev: (_, callback) => callback(), write: (_, __, callback) => callback() });
  let drains = 0;
  let ended = false;
  const onStream = (stream: Stream) => {
    const again = () => {
      drains++;
      if (!ended) write(stream, Buffer.alloc(20_000));
    };
    stream.serve({ received() {}, receivedAll: again, drained: again, closed() {} });
    stream.resume();
  };
  new Session(socket, { ...defaults, turns: new Turns(WIDE) }, { onStream, onFlood() {}, onClose() {} });
  socket.push(Buffer.concat([PREFACE, settings([[4, WIDE]]), windowUpdate(0, WIDE), headers(1, { flags: 5 })]));
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  ended = true;
  assert.ok(drains > 5 && drains <= 21, `${drains} drains in 20 turns`);
});

test("whatever is written arrives whole, in order and in bounds, and the stream ends after it", async () => {
  const sizes = fc.array(fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 3000 }), fc.nat({ max: 60_000 })), {
    maxLength: 6,
  });
  const messages = fc.array(sizes, { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(messages, fc.constantFrom(100, 5_000, 20_000, 200_000), async (written, maxWriteBytes) => {
      const { stream, taken, batches, takeAll } = await slow({ maxWriteBytes });
      const expected = written.map((sizes, index) => {
        const chunks = sizes.map((size) => Buffer.alloc(size, `${index}`));
        writeList(stream, chunks, Buffer.from(`<${index}>`));
        return Buffer.concat([Buffer.from(`<${index}>`), ...chunks]);
      });
      stream.end(END);
      await takeAll();
      assert.ok(dataIn(taken).equals(Buffer.concat(expected)));
      assert.ok(batches.every((bytes) => bytes <= maxWriteBytes + 16_384 + 4_096));
      assert.ok(Buffer.concat(taken).includes(END));
      assert.equal(stream.closed, true);
    }),
    { numRuns: 60 },
  );
});

test("after a reset nothing more is handed over", async () => {
  const { stream, taken, takeAll } = await slow({ handler: { drained: () => assert.fail("the stream is over") } });
  write(stream, Buffer.alloc(1_000_000));
  stream.reset(8);
  await takeAll();
  assert.ok(Buffer.concat(taken).length <= 65_536 + 16_384 + 100);
});

test("connections with much to send take turns, within what may be handed over in a turn of the event loop", async () => {
  const turns = new Turns(200_000);
  const clients = await Promise.all([1, 2, 3].map(() => slow({ maxWriteBytes: 100_000, turns })));
  await new Promise(setImmediate);
  for (const { stream } of clients) write(stream, Buffer.alloc(1_000_000));
  const started = () => clients.filter(({ stream }) => stream.waitingBytes < 1_000_000).length;
  assert.equal(started(), 2);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(started(), 3);
  for (let turn = 0; turn < 100; turn++) {
    await Promise.all(clients.map(({ takeAll }) => takeAll()));
    await new Promise(setImmediate);
  }
  for (const { taken } of clients) assert.equal(dataIn(taken).length, 1_000_000);
});

test("a small message does not wait for the turns of others", async () => {
  const turns = new Turns(200_000);
  const large = await Promise.all([1, 2, 3, 4, 5].map(() => slow({ maxWriteBytes: 100_000, turns })));
  const { stream } = await slow({ maxWriteBytes: 100_000, turns });
  for (const client of large) write(client.stream, Buffer.alloc(1_000_000));
  write(stream, Buffer.alloc(50_000));
  assert.equal(stream.waitingBytes, 0);
});

test("a connection that is closed while it waits for its turn lets the next one go on", async () => {
  const turns = new Turns(50_000);
  const clients = await Promise.all([1, 2, 3].map(() => slow({ maxWriteBytes: 100_000, turns })));
  await new Promise(setImmediate);
  for (const { stream } of clients) write(stream, Buffer.alloc(90_000));
  clients[1]?.socket.destroy();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(clients[2]?.stream.waitingBytes, 0);
});

test("streams of one connection that wait for it are told of a drain, each once", async () => {
  let drains = 0;
  const { streams, takeAll } = await slow({ count: 50, handler: { drained: () => drains++ } });
  for (const stream of streams) write(stream, Buffer.alloc(10_000));
  const blocked = streams.filter(({ writable }) => !writable).length;
  assert.ok(blocked > 40);
  await takeAll();
  assert.ok(streams.every(({ writable }) => writable));
  assert.equal(drains, blocked);
});

test("a client that asks and asks and reads nothing is not read, until it reads", async () => {
  const body = Buffer.alloc(4_000);
  const { socket, takeAll } = await slow({
    handler: { receivedAll() {} },
    respond: (stream) => {
      write(stream, body);
      stream.end(END);
    },
  });
  let asked = 1;
  while (!socket.isPaused()) {
    const requests = Array.from({ length: 100 }, () => headers(2 * ++asked - 1, { flags: 5 }));
    socket.push(Buffer.concat(requests));
    await new Promise(setImmediate);
    assert.ok(socket.writableLength < 2_000_000, `${socket.writableLength} bytes wait for ${asked} requests`);
  }
  await takeAll();
  assert.equal(socket.isPaused(), false);
});

test("a large message of many streams is put into frames once, and is the same for all, each behind its own head", async () => {
  const chunks = [Buffer.alloc(100_000, "a"), Buffer.alloc(3, "b"), Buffer.alloc(200_000, "c")];
  const message = Buffer.concat(chunks);
  const clients = await Promise.all([1, 2, 3, 4].map(() => slow({ maxWriteBytes: 1 << 20 })));
  for (const [index, { stream }] of clients.entries()) writeList(stream, chunks, Buffer.from(`${index}`));
  await Promise.all(clients.map(({ takeAll }) => takeAll()));
  for (const [index, { taken }] of clients.entries())
    assert.ok(dataIn(taken).equals(Buffer.from(`${index}${message}`)));
  const [first, ...others] = clients.map(({ taken }) => new Set(taken.map(({ buffer }) => buffer)));
  assert.ok(first?.has(chunks[0]?.buffer ?? new ArrayBuffer(0)), "who is first sends the chunks as they are");
  const pieces = others.map((buffers) => [...buffers].filter(({ byteLength }) => byteLength > message.length));
  assert.equal(new Set(pieces.flat()).size, 1);
  assert.ok(clients.slice(1).every(({ taken }) => taken.length <= 3));
});

test("frames that are shared are cut where a window ends, and used again where one begins", async () => {
  const chunks = [Buffer.alloc(150_000, "a"), Buffer.alloc(150_000, "b")];
  const windows = fc.array(fc.integer({ min: 500, max: 50_000 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(windows, async (sizes) => {
      const [other, client] = [await slow(), await slow({ window: 0 })];
      for (const { stream } of [other, client]) writeList(stream, chunks, Buffer.from("head"));
      for (let index = 0; client.stream.waitingBytes > 0; index++) {
        client.socket.push(windowUpdate(1, sizes[index % sizes.length] ?? 1));
        await client.takeAll();
      }
      await client.takeAll();
      assert.ok(dataIn(client.taken).equals(Buffer.concat([Buffer.from("head"), ...chunks])));
    }),
    { numRuns: 30 },
  );
});
