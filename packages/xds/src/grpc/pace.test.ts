import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

test("what comes in ten seconds may come at once, then it waits", () => {
  const pace = new Pace(100);
  assert.equal(pace.delayMs(1000, 0), 0);
  assert.equal(pace.delayMs(10, 0), 100);
  assert.equal(pace.delayMs(10, 100), 100);
});

test("silence is not saved up for longer than that", () => {
  const pace = new Pace(100);
  pace.delayMs(1000, 0);
  assert.equal(pace.delayMs(1010, 1_000_000), 100);
});

test("without a limit nothing waits", () => {
  assert.equal(new Pace(Number.POSITIVE_INFINITY).delayMs(1e9, 0), 0);
});
