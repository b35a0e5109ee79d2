import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError, WireReader, WireWriter } from "@chancery/envoy-api/wire";
import { LikelyTexts } from "./likely-texts.ts";

function read(texts: LikelyTexts, message: Uint8Array): { readonly text: string; readonly left: number } {
  const reader = new WireReader(message);
  const text = texts.read(reader, message);
  return { text, left: message.length - reader.pos };
}

const encode = (text: string) => new WireWriter().string(text).finish();

test("every text is read as it is, however alike those before it are", () => {
  const texts = new LikelyTexts(4);
  const all = ["", "a", "b", "ab", "abb", "bb", "bab", "é", "a".repeat(127), "a".repeat(128), "a".repeat(300)];
  for (const text of [...all, ...all, ...all.toReversed(), ...all]) {
    assert.deepEqual(read(texts, encode(text)), { text, left: 0 });
    assert.deepEqual(read(texts, Buffer.concat([encode(text), Buffer.from("bab")])), { text, left: 3 });
  }
});

test("what a text was read from may be overwritten", () => {
  const texts = new LikelyTexts(4);
  const message = Buffer.from(encode("one"));
  read(texts, message);
  message.set(encode("two"));
  assert.equal(read(texts, message).text, "two");
  assert.equal(read(texts, encode("one")).text, "one");
});

test("a text that is cut off is an error, also if it was whole before", () => {
  const texts = new LikelyTexts(4);
  read(texts, encode("whole"));
  for (let end = 0; end < 6; end++) {
    assert.throws(() => read(texts, encode("whole").subarray(0, end)), WireError);
  }
});
