import assert from "node:assert/strict";
import { test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { readNode } from "./node.ts";

test("what is kept of a node does not keep the rest of the request alive", () => {
  const field = (number: number, length: number) =>
    new WireWriter().tag(number, WireType.Bytes).bytes(Buffer.alloc(length)).finish();
  const extensions = field(9, 60_000);
  const { metadata } = readNode(Buffer.concat([extensions, field(3, 10)]));
  assert.equal(metadata.length, 10);
  assert.equal(metadata.buffer.byteLength, 10);
});
