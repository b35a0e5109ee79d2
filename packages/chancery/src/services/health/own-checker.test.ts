import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { HealthBoard } from "./board.ts";
import { OwnChecker } from "./own-checker.ts";
import type { ProbeResult } from "./probe/probe.ts";
import { ManualClock } from "./testdata/manual-clock.ts";
import { addresses, targetsOf } from "./testdata/targets.ts";
import { UnhealthyEndpoints } from "./unhealthy.ts";

const ok: ProbeResult = { ok: true };
const failed: ProbeResult = { ok: false, reason: "HTTP 503" };

test("one that answers is healthy at the first check; one that stops does is unhealthy after so many", async (t) => {
  const { clock, verdict, answer, asked } = start(t, { endpoints: 1 });
  assert.equal(verdict(), "unknown");
  await clock.advance(500);
  assert.equal(verdict(), "healthy");
  answer(failed);
  await clock.advance(10_000);
  assert.equal(asked.length, 3);
  assert.equal(verdict(), "healthy");
  await clock.advance(5_000);
  assert.equal(verdict(), "unhealthy");
  answer(ok);
  await clock.advance(5_000);
  assert.equal(verdict(), "unhealthy");
  await clock.advance(5_000);
  assert.equal(verdict(), "healthy");
});

test("one that never answered is called unhealthy after a full round, not before", async (t) => {
  const { clock, verdict, answer } = start(t, { endpoints: 1 });
  answer(failed);
  await clock.advance(500 + 2 * 5_000 - 1);
  assert.equal(verdict(), "unknown");
  await clock.advance(1);
  assert.equal(verdict(), "unhealthy");
});

test("failures count when they come in a row", async (t) => {
  const { clock, verdict, answer } = start(t, { endpoints: 1 });
  await clock.advance(500);
  for (let i = 0; i < 5; i++) {
    answer(failed);
    await clock.advance(10_000);
    answer(ok);
    await clock.advance(5_000);
  }
  assert.equal(verdict(), "healthy");
});

test("so many checks run at a time, and the others have their turn", async (t) => {
  const { clock, asked, hold, release } = start(t, { endpoints: 10, maxConcurrent: 3 });
  hold();
  await clock.advance(1_000);
  assert.equal(asked.length, 3);
  await release(ok);
  assert.equal(new Set(asked).size, 10);
});

test("an endpoint that is gone is not asked any more, and what it still answers is nothing", async (t) => {
  const { clock, checker, asked, board } = start(t, { endpoints: 1 });
  await clock.advance(500);
  board.setTargets([], clock.now());
  checker.setTargets([]);
  await clock.advance(60_000);
  assert.equal(asked.length, 1);
});

test("a check that is changed is made soon, whenever it would have been, and what was found stays", async (t) => {
  const { clock, setCheck, asked, verdict } = start(t, { endpoints: 1 });
  setCheck("tcp: true, interval: 1h");
  await clock.advance(1_000);
  assert.deepEqual([asked.length, verdict()], [1, "healthy"]);
  setCheck("tcp: true, interval: 5s");
  assert.equal(verdict(), "healthy");
  await clock.advance(1_000);
  assert.equal(asked.length, 2);
  await clock.advance(5_000);
  assert.equal(asked.length, 3);
});

test("intervals are up to a tenth shorter, at random, never longer", async (t) => {
  const { clock, asked } = start(t, { endpoints: 1, random: () => 0.999 });
  await clock.advance(1_000);
  assert.equal(asked.length, 1);
  await clock.advance(4_499);
  assert.equal(asked.length, 1);
  await clock.advance(2);
  assert.equal(asked.length, 2);
});

interface Options {
  readonly endpoints: number;
  readonly maxConcurrent?: number;
  readonly random?: () => number;
}

function start(t: TestContext, { endpoints, maxConcurrent = 10, random }: Options) {
  const clock = new ManualClock();
  const board = new HealthBoard({
    ...{ unhealthy: new UnhealthyEndpoints(), maxFailingShare: 1 },
    onVerdict() {},
    onFreeze() {},
  });
  let result = ok;
  let held: ((result: ProbeResult) => void)[] | undefined;
  const asked: string[] = [];
  // The first check comes after half a second, the others at the whole interval.
  const halfThenNone = [...Array(endpoints).fill(0.5)];
  const checker = new OwnChecker({
    ...{ board, clock, maxConcurrent, random: random ?? (() => halfThenNone.pop() ?? 0) },
    probe(_, { address }) {
      asked.push(address);
      const waiting = held;
      return waiting === undefined ? Promise.resolve(result) : new Promise((resolve) => waiting.push(resolve));
    },
  });
  t.after(() => checker[Symbol.dispose]());
  const setCheck = (check: string) => {
    const health = `{ active: { by: control-plane, ${check} } }`;
    const targets = targetsOf(`{ endpoints: ${addresses(endpoints)}, health: ${health} }`);
    board.setTargets(targets, clock.now());
    checker.setTargets(targets);
  };
  setCheck("tcp: true");
  return {
    ...{ clock, board, checker, asked, setCheck },
    verdict: () => board.entry("shop", "10.0.0.1:80")?.verdict,
    answer(next: ProbeResult) {
      result = next;
    },
    hold() {
      held = [];
    },
    async release(next: ProbeResult) {
      const waiting = held;
      held = undefined;
      for (const resolve of waiting ?? []) resolve(next);
      await new Promise(setImmediate);
    },
  };
}
