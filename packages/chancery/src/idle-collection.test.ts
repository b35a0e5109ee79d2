import assert from "node:assert/strict";
import { test } from "node:test";
import { idleCollector } from "./idle-collection.ts";

/** How often it was collected after each second. */
function collectionsIn(seconds: readonly number[]): readonly number[] {
  let count = 0;
  const second = idleCollector(() => count++);
  return seconds.map((utilization) => {
    second(utilization);
    return count;
  });
}

test("when a burst of work is over, what it has left is collected, and then no more", () => {
  assert.deepEqual(collectionsIn([0.6, 0.01, 0, 0, 0, 0]), [0, 0, 1, 2, 2, 2]);
});

test("nothing is collected in the midst of work, nor where there was none", () => {
  assert.deepEqual(collectionsIn([0.6, 0.01, 0.3, 0.02, 0.9]), [0, 0, 0, 0, 0]);
  assert.deepEqual(collectionsIn([0, 0.04, 0, 0]), [0, 0, 0, 0]);
});

test("each burst is followed by collections of its own", () => {
  assert.deepEqual(collectionsIn([1, 0, 0, 1, 0, 0, 0, 0]), [0, 0, 1, 1, 1, 2, 3, 3]);
});
