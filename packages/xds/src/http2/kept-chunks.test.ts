import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, letGo } from "./kept-chunks.ts";

test("a copy is not overwritten before it is let go, and then makes room for the next", () => {
  const [first, second] = [keep(Buffer.alloc(5000, "a")), keep(Buffer.alloc(16_384, "b"))];
  assert.notEqual(first.buffer, second.buffer);
  assert.deepEqual([first, second], [Buffer.alloc(5000, "a"), Buffer.alloc(16_384, "b")]);
  letGo(first);
  const third = keep(Buffer.alloc(3000, "c"));
  assert.equal(third.buffer, first.buffer);
  assert.deepEqual([third, second], [Buffer.alloc(3000, "c"), Buffer.alloc(16_384, "b")]);
});

test("small copies are Node's to care for", () => {
  const small = keep(Buffer.from("small"));
  letGo(small);
  assert.deepEqual(keep(Buffer.alloc(3000)).buffer.byteLength, 16_384);
  assert.equal(small.toString(), "small");
});
