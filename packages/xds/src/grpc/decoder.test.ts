import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type EncodedMessage, MessageDecoder } from "./decoder.ts";
import { giveBack } from "./spare-bodies.ts";
import { Code } from "./status.ts";
import { frame } from "./testdata/raw-client.ts";

function takeAll(decoder: MessageDecoder): EncodedMessage[] {
  const messages: EncodedMessage[] = [];
  for (let message = decoder.next(); message !== undefined; message = decoder.next()) messages.push(message);
  return messages;
}

test("messages come out whole and in order, however they are cut into chunks", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  const cuts = fc.array(fc.nat({ max: 700 }), { maxLength: 20 });
  fc.assert(
    fc.property(messages, cuts, (payloads, sizes) => {
      const wire = Buffer.concat(payloads.map((payload) => frame(payload)));
      const decoder = new MessageDecoder(1000);
      const received: Buffer[] = [];
      let start = 0;
      for (const size of [...sizes, wire.length]) {
        decoder.push(wire.subarray(start, start + size));
        received.push(...takeAll(decoder).map((message) => Buffer.from(message.bytes)));
        start += size;
      }
      assert.deepEqual(received, payloads.map(Buffer.from));
      assert.equal(decoder.partial, false);
    }),
  );
});

test("chunks pushed before the messages in them are taken are not lost", () => {
  const wire = Buffer.concat([frame("one"), frame("two"), frame("three")]);
  const decoder = new MessageDecoder(1000);
  for (const byte of wire) decoder.push(Buffer.of(byte));
  assert.deepEqual(
    takeAll(decoder).map(({ bytes }) => Buffer.from(bytes).toString()),
    ["one", "two", "three"],
  );
});

test("a message within one chunk is a view of it for those who look at it while they are called, for others a copy", () => {
  const wire = frame("payload");
  for (const lends of ["while-called", "until-settled", undefined] as const) {
    const decoder = new MessageDecoder(1000);
    decoder.lends = lends;
    decoder.push(wire);
    const bytes = decoder.next()?.bytes ?? wire;
    assert.equal(bytes.byteOffset === wire.byteOffset + 5 && bytes.buffer === wire.buffer, lends === "while-called");
    assert.deepEqual(Buffer.from(bytes), Buffer.from("payload"));
  }
});

test("what is left of a chunk is kept, whatever becomes of the chunk", () => {
  const wire = Buffer.concat([frame("one"), frame("two")]);
  const decoder = new MessageDecoder(1000);
  decoder.push(wire);
  decoder.next();
  decoder.keep();
  wire.fill(0);
  assert.deepEqual(Buffer.from(decoder.next()?.bytes ?? ""), Buffer.from("two"));
  assert.equal(decoder.partial, false);
});

test("a message that grows over many chunks is put together", () => {
  const payload = Buffer.alloc(1_000_000, "xyz");
  const wire = frame(payload);
  const decoder = new MessageDecoder(payload.length);
  for (let start = 0; start < wire.length; start += 16_384) {
    assert.equal(decoder.next(), undefined);
    decoder.push(wire.subarray(start, start + 16_384));
  }
  assert.deepEqual(takeAll(decoder), [{ compressed: false, bytes: payload }]);
});

test("a message of the greatest size is taken, one byte more is refused by its prefix alone", () => {
  const decoder = new MessageDecoder(10);
  decoder.push(frame(Buffer.alloc(10)));
  assert.equal(decoder.next()?.bytes.length, 10);
  decoder.push(frame(Buffer.alloc(11)).subarray(0, 5));
  assert.throws(() => decoder.next(), {
    code: Code.RESOURCE_EXHAUSTED,
    message: "a message of 11 bytes is above the limit of 10",
  });
});

test("a compressed flag other than 0 and 1 is refused", () => {
  const decoder = new MessageDecoder(10);
  decoder.push(frame("x", 2));
  assert.throws(() => decoder.next(), { code: Code.INTERNAL });
});

test("the decoder knows that it is in the middle of a message", () => {
  const decoder = new MessageDecoder(10);
  const wire = frame("abc");
  for (const byte of wire.subarray(0, -1)) {
    decoder.push(Buffer.of(byte));
    assert.equal(decoder.next(), undefined);
    assert.equal(decoder.partial, true);
  }
  decoder.push(wire.subarray(-1));
  assert.deepEqual(decoder.next(), { compressed: false, bytes: Buffer.from("abc") });
  assert.equal(decoder.partial, false);
});

test("a lent buffer holds the next message once it was given back, and not before", () => {
  const decoder = new MessageDecoder(100_000);
  decoder.lends = "while-called";
  const read = (text: string) => {
    const wire = frame(Buffer.alloc(50_000, text));
    decoder.push(wire.subarray(0, 20_000));
    assert.equal(decoder.next(), undefined);
    decoder.push(wire.subarray(20_000));
    const message = decoder.next();
    assert(message !== undefined);
    assert.deepEqual(Buffer.from(message.bytes), Buffer.alloc(50_000, text));
    return message;
  };
  const [first, second] = [read("a"), read("b")];
  assert.notEqual(first.bytes.buffer, second.bytes.buffer);
  assert.deepEqual(Buffer.from(first.bytes), Buffer.alloc(50_000, "a"));
  assert(second.lent !== undefined);
  giveBack(second.lent);
  assert.equal(read("c").bytes.buffer, second.bytes.buffer);
});

test("what a decoder does not lend is never used again", () => {
  const decoder = new MessageDecoder(200_000);
  const wire = frame(Buffer.alloc(131_072, "a"));
  decoder.push(wire.subarray(0, 20_000));
  decoder.next();
  decoder.push(wire.subarray(20_000));
  const message = decoder.next();
  assert(message !== undefined);
  assert.equal(message.lent, undefined);
});
