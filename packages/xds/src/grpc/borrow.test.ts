import assert from "node:assert/strict";
import { test } from "node:test";
import { frame, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { serve } from "./testdata/serve.ts";

const letters = ["a", "b", "c", "d", "e", "f"];
const large = (letter: string) => Buffer.alloc(90_000, letter);

test("a handler that borrows messages sees each of them whole, also those of other calls between", async (t) => {
  const seen: string[] = [];
  const { address } = await serve(t, {
    "/t.T/Borrow": (call) => ({
      borrows: "while-called",
      message(bytes) {
        const [first = 0] = bytes;
        assert.deepEqual(Buffer.from(bytes), large(String.fromCharCode(first)));
        seen.push(String.fromCharCode(first));
      },
      end: () => call.end(),
    }),
  });
  const session = await rawClient(t, address);
  const streams = letters.map(() => rawCall(session, "/t.T/Borrow"));
  const responses = streams.map(responseOf);
  for (const [index, stream] of streams.entries())
    for (const letter of letters.slice(index)) stream.write(frame(large(letter)));
  for (const stream of streams) stream.end();
  for (const { trailers } of await Promise.all(responses)) assert.equal(trailers["grpc-status"], "0");
  assert.deepEqual(seen.sort().join(""), "abbcccddddeeeeeffffff");
});

test("a handler that takes its time has the bytes until it is done, if it borrows them for so long", async (t) => {
  const kept: Uint8Array[] = [];
  const seen: string[] = [];
  const release = Promise.withResolvers<void>();
  const { address } = await serve(t, {
    "/t.T/Borrow": (call) => ({
      borrows: "until-settled",
      async message(bytes) {
        kept.push(bytes);
        if (kept.length === letters.length) release.resolve();
        await release.promise;
        const [first = 0] = bytes;
        assert.deepEqual(Buffer.from(bytes), large(String.fromCharCode(first)));
        seen.push(String.fromCharCode(first));
      },
      end: () => call.end(),
    }),
  });
  const session = await rawClient(t, address);
  const rounds = [letters, letters.toReversed()];
  for (const round of rounds) {
    const streams = round.map((letter) => {
      const stream = rawCall(session, "/t.T/Borrow");
      stream.end(frame(large(letter)));
      return stream;
    });
    for (const { trailers } of await Promise.all(streams.map(responseOf))) assert.equal(trailers["grpc-status"], "0");
  }
  assert.deepEqual(seen.toSorted(), [...letters, ...letters].toSorted());
  assert(new Set(kept.map(({ buffer }) => buffer)).size < kept.length, "buffers are used again");
});

test("a handler that does not borrow may keep messages, small ones and large ones", async (t) => {
  const kept: Uint8Array[] = [];
  const { address } = await serve(t, {
    "/t.T/Keep": (call) => ({
      message: (bytes) => void kept.push(bytes),
      end: () => call.end(),
    }),
  });
  const session = await rawClient(t, address);
  const messages = letters.flatMap((letter) => [Buffer.alloc(9, letter), large(letter)]);
  for (const message of messages) {
    const stream = rawCall(session, "/t.T/Keep");
    stream.end(frame(message));
    await responseOf(stream);
  }
  assert.equal(kept.length, messages.length);
  for (const [index, message] of messages.entries()) assert(message.equals(kept[index] ?? message.subarray(1)));
});

test("what arrives while a handler takes its time is whole when its turn comes", async (t) => {
  const seen: string[] = [];
  const release = Promise.withResolvers<void>();
  const { address } = await serve(t, {
    "/t.T/Wait": (call) => ({
      borrows: "while-called",
      message(bytes) {
        seen.push(Buffer.from(bytes).toString());
        return release.promise;
      },
      end: () => call.end(),
    }),
    "/t.T/Other": (call) => ({ message() {}, end: () => call.end() }),
  });
  const session = await rawClient(t, address);
  const waiting = rawCall(session, "/t.T/Wait");
  waiting.end(Buffer.concat(letters.map((letter) => frame(letter))));
  // Read after that into the same buffer.
  const other = rawCall(session, "/t.T/Other");
  other.end(frame(large("x")));
  await responseOf(other);
  release.resolve();
  await responseOf(waiting);
  assert.deepEqual(seen, letters);
});
