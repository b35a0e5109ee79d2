import assert from "node:assert/strict";
import { test } from "node:test";
import { binaryMetadata } from "./metadata.ts";

test("a binary header that is absent has no values", () => {
  assert.deepEqual(binaryMetadata({}, "trace-bin"), []);
});

test("values of a binary header are read with and without padding, alone and joined by commas", () => {
  assert.deepEqual(binaryMetadata({ "trace-bin": "AQ==, AgM,//8" }, "trace-bin"), [
    Buffer.of(1),
    Buffer.of(2, 3),
    Buffer.of(255, 255),
  ]);
});
