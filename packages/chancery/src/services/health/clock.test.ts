import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";

test("time goes on when somebody sets the clock back", (t) => {
  const before = systemClock.now();
  assert.ok(Math.abs(before - Date.now()) < 60_000);
  t.mock.timers.enable({ apis: ["Date"], now: before - 3_600_000 });
  assert.ok(systemClock.now() >= before);
});
