import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Intake } from "./intake.ts";

test("what does not fit is dropped and counted, and what waits is taken in order", async () => {
  const intake = new Intake({ maxQueuedBytes: 100 });
  const taken: string[] = [];
  const put = (name: string, size: number) => intake.put(size, () => void taken.push(name));
  const all = Promise.all([put("a", 60), put("b", 40), put("c", 1), put("d", 50)]);
  assert.partialDeepStrictEqual(intake.stats, { queuedMessages: 2, queuedBytes: 100 });
  assert(intake.overloaded);
  await all;
  assert.deepEqual(taken, ["a", "b"]);
  const counts = { messages: 2, bytes: 100, droppedMessages: 2, droppedBytes: 51, queuedMessages: 0, queuedBytes: 0 };
  assert.deepEqual(intake.stats, counts);
});

test("a message that is larger than the queue is taken when nothing else waits", async () => {
  const intake = new Intake({ maxQueuedBytes: 10 });
  await intake.put(1_000, () => {});
  assert.partialDeepStrictEqual(intake.stats, { messages: 1, droppedMessages: 0 });
  assert(!intake.overloaded);
});

test("others have their turn while messages are taken, and within one that yields", async () => {
  const intake = new Intake();
  let turns = 0;
  let busy = true;
  const count = async () => {
    while (busy) {
      await setImmediate();
      turns++;
    }
  };
  const counting = count();
  await Promise.all(Array.from({ length: 5 }, () => intake.put(1, () => void spend(3))));
  assert(turns >= 5, `${turns} turns beside 5 messages of 3 ms`);
  turns = 0;
  await intake.put(1, function* () {
    for (let step = 0; step < 5; step++) yield spend(3);
  });
  assert(turns >= 5, `${turns} turns within 5 steps of 3 ms`);
  busy = false;
  await counting;
});

test("a message that waited for too long is dropped, not taken late", async () => {
  const intake = new Intake({ maxWaitMs: 200 });
  const taken: string[] = [];
  const first = intake.put(1, () => {
    spend(250);
    taken.push("first");
  });
  await Promise.all([first, intake.put(1, () => void taken.push("late"))]);
  assert.deepEqual(taken, ["first"]);
  assert.partialDeepStrictEqual(intake.stats, { messages: 1, droppedMessages: 1 });
});

test("what a message throws comes to the one who put it, and the next is taken", async () => {
  const intake = new Intake();
  const broken = intake.put(1, () => {
    throw new Error("broken");
  });
  const late = intake.put(1, function* () {
    yield;
    throw new Error("broken later");
  });
  await assert.rejects(broken, { message: "broken" });
  await assert.rejects(late, { message: "broken later" });
  await intake.put(1, () => {});
  assert.partialDeepStrictEqual(intake.stats, { messages: 1, queuedMessages: 0, queuedBytes: 0 });
});

test("limits that make no sense are refused", () => {
  assert.throws(() => new Intake({ maxQueuedBytes: 0 }), { name: "RangeError", message: /^maxQueuedBytes is 0/ });
  assert.throws(() => new Intake({ maxWaitMs: Number.NaN }), { name: "RangeError", message: /^maxWaitMs is NaN/ });
});

function spend(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("with a share of the time, the process is idle in between", async () => {
  const shares = [1, 0.25].map(async (maxShare) => {
    const intake = new Intake({ maxShare });
    const startMs = performance.now();
    for (let count = 0; count < 40; count++) await intake.put(1, () => void spend(1));
    return performance.now() - startMs;
  });
  // One after the other would be as good, but takes longer.
  const [all = 0, quarter = 0] = await Promise.all(shares);
  assert(quarter >= 120, `40 ms of work took ${quarter} ms with a quarter of the time, ${all} ms with all of it`);
  assert.throws(() => new Intake({ maxShare: 0 }), RangeError);
});
