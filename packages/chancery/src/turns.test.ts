import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurns, piecesInTurns } from "./turns.ts";

test("long work leaves room for what others want to do", async () => {
  let others = 0;
  const immediate = () => {
    others++;
    waiting = setImmediate(immediate);
  };
  let waiting = setImmediate(immediate);
  assert.equal(await inTurns(busy(40)), "done");
  clearImmediate(waiting);
  assert.ok(others >= 3, `${others} turns of the event loop in 40 ms`);
});

test("a long text comes in pieces, with room for what others want to do", async () => {
  let others = 0;
  const immediate = () => {
    others++;
    waiting = setImmediate(immediate);
  };
  let waiting = setImmediate(immediate);
  const words = Array.from({ length: 40 }, (_, index) => `${index} `);
  const pieces = await Array.fromAsync(piecesInTurns(slowly(words)));
  clearImmediate(waiting);
  assert.equal(pieces.join(""), words.join(""));
  assert.ok(others >= 3, `${others} turns of the event loop in 40 ms`);
  assert.deepEqual(await Array.fromAsync(piecesInTurns([])), []);
});

test("however much work there is, each turn of the event loop has one slice of it", async () => {
  let inThisTurn = 0;
  let most = 0;
  const immediate = () => {
    most = Math.max(most, inThisTurn);
    inThisTurn = 0;
    waiting = setImmediate(immediate);
  };
  const works = [busy(15), busy(15), busy(15)].map((steps) => inTurns(counting(steps, () => inThisTurn++)));
  inThisTurn = 0; // each begins at once
  let waiting = setImmediate(immediate);
  await Promise.all(works);
  clearImmediate(waiting);
  assert.ok(most > 0 && most <= 8, `${most} steps of a millisecond in one turn`);
});

test("work that fails rejects, and the others go on", async () => {
  const failing = function* (): Generator<undefined, never> {
    yield* busy(10);
    throw new RangeError("no");
  };
  const [failed, done] = await Promise.allSettled([inTurns(failing()), inTurns(busy(20))]);
  assert.equal(failed.status, "rejected");
  assert.deepEqual(done, { status: "fulfilled", value: "done" });
});

/** Steps of a millisecond each. */
function* busy(steps: number): Generator<undefined, string> {
  for (let step = 0; step < steps; step++) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    yield;
  }
  return "done";
}

/** A word each millisecond. */
function* slowly(words: readonly string[]): Generator<string> {
  for (const word of words) {
    for (const _ of busy(1));
    yield word;
  }
}

function* counting<T>(steps: Generator<undefined, T>, count: () => void): Generator<undefined, T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    count();
    yield;
  }
}
