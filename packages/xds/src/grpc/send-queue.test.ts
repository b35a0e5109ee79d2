import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { toFrame } from "./frame.ts";
import { SendQueue } from "./send-queue.ts";
import { frame } from "./testdata/raw-client.ts";
import { Turns } from "./turns.ts";

/** A sink that takes what it is given only when told to, all of it at once. */
function slowSink() {
  const taken: Uint8Array[] = [];
  const batches: number[] = [];
  let release: (() => void) | undefined;
  const sink = new Writable({
    writev(chunks, callback) {
      taken.push(...chunks.map(({ chunk }) => chunk));
      batches.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0));
      release = callback;
    },
  });
  /** Lets the sink take everything; resolves when nothing more comes. */
  async function takeAll(): Promise<void> {
    while (release !== undefined) {
      const callback = release;
      release = undefined;
      callback();
      await new Promise(setImmediate);
    }
  }
  return { sink, taken, batches, takeAll };
}

/** A queue that never waits for others. */
function queueTo(sink: Writable, maxWriteBytes: number, drain = () => {}): SendQueue {
  return new SendQueue(sink, { maxWriteBytes, drain, turns: new Turns(Number.POSITIVE_INFINITY) });
}

test("a small message is one write", () => {
  const { sink, taken } = slowSink();
  queueTo(sink, 65_536).write(toFrame(Buffer.from("bc"), Buffer.from("d")), Buffer.from("a"));
  assert.deepEqual(taken, [frame("abcd")]);
});

test("big chunks are handed over as they are, without a copy", async () => {
  const { sink, taken, takeAll } = slowSink();
  const chunk = Buffer.alloc(30_000);
  const queue = queueTo(sink, 100_000);
  queue.write(toFrame(chunk, chunk), undefined);
  await takeAll();
  assert.deepEqual(
    taken.map((part) => part.length),
    [5, 30_000, 30_000],
  );
  assert.ok(taken.slice(1).every((part) => part.buffer === chunk.buffer));
});

test("no more than maxWriteBytes are handed over at a time", async () => {
  const { sink, taken, batches, takeAll } = slowSink();
  const chunk = Buffer.alloc(1_000_000);
  const queue = queueTo(sink, 65_536);
  queue.write(toFrame(chunk), undefined);
  assert.ok(sink.writableLength <= 65_536);
  await takeAll();
  assert.ok(batches.every((bytes) => bytes <= 65_536));
  assert.ok(taken.slice(1).every((part) => part.buffer === chunk.buffer));
  assert.equal(Buffer.concat(taken).length, 1_000_005);
});

test("drain comes once, when a queue that was not writable is empty again", async () => {
  const { sink, takeAll } = slowSink();
  let drains = 0;
  const queue = queueTo(sink, 65_536, () => {
    drains++;
    assert.equal(queue.writable, true);
  });
  queue.write(toFrame(Buffer.alloc(10)), undefined);
  assert.equal(queue.writable, true);
  for (let i = 0; i < 3; i++) queue.write(toFrame(Buffer.alloc(100_000)), undefined);
  assert.equal(queue.writable, false);
  await takeAll();
  assert.equal(queue.writable, true);
  assert.equal(drains, 1);
});

test("a small message that was taken at once is not followed by a drain", async () => {
  const { sink, takeAll } = slowSink();
  const queue = queueTo(sink, 65_536, () => assert.fail("nothing was blocked"));
  queue.write(toFrame(Buffer.alloc(10)), undefined);
  await takeAll();
});

test("a handler that writes in drain goes on and on", async () => {
  const { sink, taken, takeAll } = slowSink();
  let left = 20;
  const queue = queueTo(sink, 16_384, () => {
    if (left-- > 0) queue.write(toFrame(Buffer.alloc(20_000)), undefined);
  });
  queue.write(toFrame(Buffer.alloc(20_000)), undefined);
  await takeAll();
  assert.equal(Buffer.concat(taken).length, 21 * 20_005);
});

test("whatever is written arrives whole, in order and in bounds, and the sink ends after it", async () => {
  const sizes = fc.array(fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 3000 }), fc.nat({ max: 60_000 })), {
    maxLength: 6,
  });
  const messages = fc.array(sizes, { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(messages, fc.constantFrom(100, 5_000, 20_000, 200_000), async (written, maxWriteBytes) => {
      const { sink, taken, batches, takeAll } = slowSink();
      const queue = queueTo(sink, maxWriteBytes);
      const expected = written.map((sizes, i) => {
        const chunks = sizes.map((size) => Buffer.alloc(size, `${i}`));
        queue.write(toFrame(...chunks), Buffer.from(`<${i}>`));
        return frame(Buffer.concat([Buffer.from(`<${i}>`), ...chunks]));
      });
      queue.end();
      await takeAll();
      assert.ok(Buffer.concat(taken).equals(Buffer.concat(expected)));
      assert.ok(batches.every((bytes) => bytes <= maxWriteBytes + 4096));
      assert.equal(sink.writableFinished, true);
    }),
    { numRuns: 60 },
  );
});

test("after close nothing more is handed over", async () => {
  const { sink, taken, takeAll } = slowSink();
  const queue = queueTo(sink, 65_536, () => assert.fail("the call is over"));
  queue.write(toFrame(Buffer.alloc(1_000_000)), undefined);
  queue.close();
  await takeAll();
  assert.ok(Buffer.concat(taken).length <= 65_536);
});

test("queues with much to send take turns, within what may be handed over in a turn of the event loop", async () => {
  const turns = new Turns(200_000);
  const sinks = [slowSink(), slowSink(), slowSink()];
  const queues = sinks.map(({ sink }) => new SendQueue(sink, { maxWriteBytes: 100_000, turns, drain() {} }));
  for (const queue of queues) queue.write(toFrame(Buffer.alloc(1_000_000)), undefined);
  const lengths = () => sinks.map(({ sink }) => sink.writableLength);
  assert.deepEqual(lengths(), [100_000, 100_000, 0]);
  await new Promise(setImmediate);
  assert.deepEqual(lengths(), [100_000, 100_000, 100_000]);
  for (let turn = 0; turn < 100; turn++) {
    await Promise.all(sinks.map(({ takeAll }) => takeAll()));
    await new Promise(setImmediate);
  }
  for (const { taken } of sinks) assert.equal(Buffer.concat(taken).length, 1_000_005);
});

test("a small message does not wait for the turns of others", async () => {
  const turns = new Turns(200_000);
  const large = Array.from({ length: 20 }, slowSink);
  for (const { sink } of large) {
    const queue = new SendQueue(sink, { maxWriteBytes: 100_000, turns, drain() {} });
    queue.write(toFrame(Buffer.alloc(1_000_000)), undefined);
  }
  const small = slowSink();
  new SendQueue(small.sink, { maxWriteBytes: 100_000, turns, drain() {} }).write(
    toFrame(Buffer.alloc(50_000)),
    undefined,
  );
  assert.equal(small.sink.writableLength, 50_005);
  await Promise.all(large.map(({ takeAll }) => takeAll()));
});

test("a queue that is closed while it waits for its turn lets the next one go on", async () => {
  const turns = new Turns(50_000);
  const [first, second, third] = [slowSink(), slowSink(), slowSink()];
  const [, closed] = [first, second, third].map(({ sink }) => {
    const queue = new SendQueue(sink, { maxWriteBytes: 100_000, turns, drain() {} });
    queue.write(toFrame(Buffer.alloc(90_000)), undefined);
    return queue;
  });
  closed?.close();
  await new Promise(setImmediate);
  assert.deepEqual([second.sink.writableLength, third.sink.writableLength], [0, 90_005]);
});
