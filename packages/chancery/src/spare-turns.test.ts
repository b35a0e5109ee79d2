import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { inSpareTurns } from "./spare-turns.ts";

test("work is done in steps, with turns for others in between, and ends with what it returns", async () => {
  let turns = 0;
  let busy = true;
  const counting = (async () => {
    for (; busy; turns++) await setImmediate();
  })();
  const steps = function* (): Generator<undefined, string> {
    for (let step = 0; step < 5; step++) yield spend(1);
    return "done";
  };
  assert.equal(await inSpareTurns(steps()), "done");
  assert(turns >= 5, `${turns} turns beside 5 steps of a millisecond`);
  busy = false;
  await counting;
});

test("what a step throws is what it ends with", async () => {
  const steps = function* (): Generator<undefined, never> {
    yield;
    throw new Error("broken");
  };
  await assert.rejects(inSpareTurns(steps()), { message: "broken" });
});

function spend(ms: number): undefined {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
