import assert from "node:assert/strict";
import { test } from "node:test";
import { joinLists } from "./join-lists.ts";

test("lists are joined in their order, however many there are, and one stays what it is", () => {
  const one = [1, 2];
  assert.equal(joinLists([one]), one);
  for (const count of [0, 2, 10_000, 10_001, 300_000]) {
    const lists = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? [index] : []));
    assert.deepEqual(joinLists(lists), lists.flat());
  }
});
