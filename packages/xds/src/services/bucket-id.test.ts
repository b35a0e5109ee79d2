import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError, WireWriter } from "@chancery/envoy-api/wire";
import fc from "fast-check";
import { StatusError } from "../grpc/index.ts";
import { bucketKey, readBucketId, writeBucketId } from "./bucket-id.ts";
import { readUsages } from "./quota-usage.ts";

// Few characters, so that what is joined wrongly comes out alike.
const texts = fc.string({
  unit: fc.constantFrom("a", "b", '"', ",", "[", "\\", "=", "\u0000"),
  minLength: 1,
  maxLength: 4,
});
const entries = fc.uniqueArray(fc.tuple(texts, texts), { minLength: 1, maxLength: 4, selector: ([name]) => name });

test("keys are the same for the same bucket, in whatever order, and for no other", () => {
  fc.assert(
    fc.property(entries, entries, (one, other) => {
      assert.equal(bucketKey(new Map(one)), bucketKey(new Map(one.toReversed())));
      const sorted = (list: readonly (readonly [string, string])[]) => list.toSorted(([a], [b]) => (a < b ? -1 : 1));
      const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      assert.equal(bucketKey(new Map(one)) === bucketKey(new Map(other)), isSame);
    }),
    { numRuns: 1_000 },
  );
});

test("an id is read as it was written", () => {
  fc.assert(
    fc.property(entries, (entries) => {
      const writer = new WireWriter();
      writeBucketId(writer, new Map(entries));
      assert.deepEqual(readBucketId(writer.finish()), new Map(entries));
    }),
  );
});

test("bytes that are no report are refused, and nothing else goes wrong", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        for (const { key, elapsedMs } of readUsages(bytes)) assert.ok(key !== "" && elapsedMs >= 0);
      } catch (error) {
        assert.ok(error instanceof WireError || error instanceof StatusError, `${error}`);
      }
    }),
    { numRuns: 2_000 },
  );
});
