import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { ACCEPTED_ENCODINGS, toDecompress } from "./compression.ts";
import { Code } from "./status.ts";

const payload = Buffer.alloc(10_000, "chancery");

test("gzip and deflate are restored", async () => {
  assert.deepEqual(await toDecompress("gzip")(gzipSync(payload), 10_000), payload);
  assert.deepEqual(await toDecompress("deflate")(deflateSync(payload), 10_000), payload);
});

test("a message that grows past the limit is refused before it is restored in full", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  assert.ok(bomb.length < 50_000);
  await assert.rejects(toDecompress("gzip")(bomb, 100_000), { code: Code.RESOURCE_EXHAUSTED });
});

test("bytes that are not compressed as announced are refused", async () => {
  await assert.rejects(toDecompress("gzip")(payload, 10_000), { code: Code.INTERNAL });
});

test("a compressed message without an encoding is refused", async () => {
  await assert.rejects(toDecompress(undefined)(payload, 10_000), { code: Code.INTERNAL });
  await assert.rejects(toDecompress("identity")(payload, 10_000), { code: Code.INTERNAL });
});

test("an unknown encoding is named together with those that are known", () => {
  assert.equal(ACCEPTED_ENCODINGS, "identity,gzip,deflate");
  assert.throws(() => toDecompress("snappy"), {
    code: Code.UNIMPLEMENTED,
    message: 'the grpc-encoding "snappy" is not one of identity, gzip, deflate',
  });
});
