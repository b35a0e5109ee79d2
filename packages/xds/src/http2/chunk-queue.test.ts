import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkQueue } from "./chunk-queue.ts";

test("a chunk that may be taken whole is the same object, not a copy", () => {
  const chunk = Buffer.from("abc");
  const queue = new ChunkQueue();
  queue.push([chunk], chunk.length, false);
  assert.equal(queue.take(3), chunk);
  assert.equal(queue.bytes, 0);
});

test("a chunk that is too big is taken in views", () => {
  const chunk = Buffer.from("abcdefg");
  const queue = new ChunkQueue();
  queue.push([chunk], chunk.length, false);
  const parts = [queue.take(3), queue.take(3), queue.take(3)];
  assert.deepEqual(parts.map(String), ["abc", "def", "g"]);
  assert.ok(parts.every((part) => part?.buffer === chunk.buffer));
  assert.equal(queue.take(3), undefined);
});

test("nothing is taken when nothing may be", () => {
  const queue = new ChunkQueue();
  queue.push([Buffer.from("a")], 1, false);
  assert.equal(queue.take(0), undefined);
  assert.equal(queue.bytes, 1);
});

test("what was pushed comes out in order, in parts no bigger than asked for", () => {
  const lists = fc.array(fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 5 }), { maxLength: 5 });
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 25 }), (pushed, maxBytes) => {
      const queue = new ChunkQueue();
      for (const chunks of pushed) queue.push(chunks, Buffer.concat(chunks).length, false);
      const taken: Uint8Array[] = [];
      for (let part = queue.take(maxBytes); part !== undefined; part = queue.take(maxBytes)) taken.push(part);
      assert.ok(taken.every((part) => part.length <= maxBytes));
      assert.deepEqual(Buffer.concat(taken), Buffer.concat(pushed.flat()));
      assert.equal(queue.bytes, 0);
    }),
  );
});
