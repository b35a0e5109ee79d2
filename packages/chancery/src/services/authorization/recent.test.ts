import assert from "node:assert/strict";
import { test } from "node:test";
import { Recent } from "./recent.ts";

test("what was found out is known until its time, and the oldest goes for what is new", () => {
  const recent = new Recent<number>(2);
  recent.set("a", 1, 100);
  assert.deepEqual([recent.get("a", 99), recent.get("a", 100), recent.get("a", 99)], [1, undefined, undefined]);
  recent.set("a", 1, 100);
  recent.set("b", 2, 100);
  recent.set("a", 3, 100);
  recent.set("c", 4, 100);
  assert.deepEqual([recent.get("a", 0), recent.get("b", 0), recent.get("c", 0)], [3, undefined, 4]);
});
