import assert from "node:assert/strict";
import { test } from "node:test";
import { Decisions } from "./decisions.ts";

test("of what is simply allowed so many a second are kept, and the others are counted", () => {
  const decisions = new Decisions(10);
  const keptIn = (ms: number) => Array.from({ length: 2_500 }, () => decisions.keepsAllowed(ms)).filter(Boolean).length;
  assert.equal(keptIn(1_000), 2_000);
  assert.equal(decisions.keepsAllowed(1_999), false);
  assert.equal(keptIn(2_000), 2_000);
  assert.equal(decisions.leftOut, 1_001);
});
