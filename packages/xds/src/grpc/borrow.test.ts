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
      borrows: true,
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

test("a handler that takes its time has the bytes until it is done, although it borrows", async (t) => {
  const kept: Uint8Array[] = [];
  const release = Promise.withResolvers<void>();
  const { address } = await serve(t, {
    "/t.T/Borrow": (call) => ({
      borrows: true,
      message(bytes) {
        kept.push(bytes);
        if (kept.length === letters.length) release.resolve();
        return release.promise;
      },
      end: () => call.end(),
    }),
  });
  const session = await rawClient(t, address);
  const streams = letters.map((letter) => {
    const stream = rawCall(session, "/t.T/Borrow");
    stream.end(frame(large(letter)));
    return stream;
  });
  await Promise.all(streams.map(responseOf));
  assert.deepEqual(
    kept.map((bytes) => Buffer.from(bytes).toString()).sort(),
    letters.map((letter) => large(letter).toString()),
  );
});
