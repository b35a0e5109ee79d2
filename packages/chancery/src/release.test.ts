import assert from "node:assert/strict";
import { test } from "node:test";
import { release } from "./release.ts";

test("large bytes are given back at once, and small ones left to the garbage collector", () => {
  const large = new Uint8Array(1 << 20).fill(1);
  release(large);
  assert.equal(large.length, 0);
  const small = Buffer.from("beside others");
  release(small);
  assert.equal(small.toString(), "beside others");
});
