import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { inSpareTurns, SparePace } from "./spare-turns.ts";

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

test("what is made one by one leaves turns to others, and shares one where there is time left", async () => {
  let turns = 0;
  let busy = true;
  const counting = (async () => {
    for (; busy; turns++) await setImmediate();
  })();
  const pace = new SparePace();
  for (let count = 0; count < 5; count++) await pace.make(() => spend(1));
  assert(turns >= 5, `${turns} turns beside 5 things of a millisecond`);
  const before = turns;
  assert.deepEqual(await Promise.all([pace.make(() => 1), pace.make(() => 2)]), [1, 2]);
  assert(turns > before);
  await assert.rejects(
    pace.make(() => {
      throw new Error("broken");
    }),
    { message: "broken" },
  );
  busy = false;
  await counting;
});

function spend(ms: number): undefined {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
