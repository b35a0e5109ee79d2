import assert from "node:assert/strict";
import { test } from "node:test";
import { idleSteps } from "./idle-collection.ts";

/** The steps that were taken, by the time at whose end it was. */
function stepsIn(times: readonly number[]): readonly string[] {
  const taken: string[] = [];
  const next = idleSteps([() => taken.push("collect"), () => taken.push("give back")]);
  return times.map((utilization) => {
    next(utilization);
    return taken.splice(0).join();
  });
}

test("when a burst of work is over, what it has left is collected and given back, and then no more", () => {
  assert.deepEqual(stepsIn([0.6, 0.01, 0, 0, 0, 0, 0]), ["", "", "", "collect", "give back", "", ""]);
});

test("the start is a burst", () => {
  assert.deepEqual(stepsIn([0, 0.04, 0, 0, 0]), ["", "", "collect", "give back", ""]);
});

test("nothing is collected in the midst of work", () => {
  assert.deepEqual(stepsIn([0.6, 0.01, 0, 0.3, 0.02, 0, 0.9]), ["", "", "", "", "", "", ""]);
});

test("work that comes between the steps is a burst of its own", () => {
  assert.deepEqual(stepsIn([1, 0, 0, 0, 1, 0, 0, 0, 0]), ["", "", "", "collect", "", "", "", "collect", "give back"]);
});
