import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../grpc/index.ts";
import { AdmissionControl, type AdmissionOptions } from "./admission.ts";

/** Calls that come every millisecond, and a clock that they move. */
function start(options: AdmissionOptions = {}) {
  let nowMs = 0;
  const changes: boolean[] = [];
  const admission = new AdmissionControl(
    { maxDelayMs: 10, ...options, onChange: (now) => changes.push(now) },
    () => nowMs,
  );
  return {
    admission,
    changes,
    /** Returns what part of the calls was refused. */
    calls(forMs: number, waitedMs: number): number {
      let refused = 0;
      for (let call = 0; call < forMs; call++) {
        nowMs++;
        if (admission.admit(waitedMs)?.code === Code.UNAVAILABLE) refused++;
      }
      return refused / forMs;
    },
    idle(forMs: number): void {
      nowMs += forMs;
    },
  };
}

test("calls that wait for no longer than they may are all made", () => {
  const { calls, admission } = start();
  assert.equal(calls(1_000, 10), 0);
  assert.partialDeepStrictEqual(admission.stats, { admitted: 1_000, shed: 0, shedShare: 0 });
});

test("a burst or a pause is no overload: one call that did not wait is enough", () => {
  const { calls, changes } = start();
  for (let count = 0; count < 20; count++) assert.equal(calls(49, 500) + calls(1, 1), 0);
  calls(50, 1);
  calls(49, 500);
  assert.equal(calls(50, 1), 0, "one late window alone");
  assert.deepEqual(changes, []);
});

test("while all wait for too long, more and more are refused, but one in ten is made", () => {
  const { calls, admission, changes } = start();
  const shares = Array.from({ length: 12 }, () => calls(50, 11));
  assert.deepEqual(shares.slice(0, 2), [0, 0], "not before it has lasted for a tenth of a second");
  assert.deepEqual(shares, shares.toSorted());
  assert.deepEqual(shares.slice(-4), [0.9, 0.9, 0.9, 0.9]);
  assert.equal(admission.stats.admitted + admission.stats.shed, 600);
  assert.deepEqual(changes, [true]);
});

test("what is refused stays as it is while calls wait for half of that or more, and ends slowly when they wait for less", () => {
  const { calls, admission, changes } = start();
  calls(200, 11);
  calls(50, 7);
  const share = admission.stats.shedShare;
  assert(share > 0);
  calls(500, 7);
  assert.equal(admission.stats.shedShare, share);
  calls(150, 2);
  assert(admission.stats.shedShare > 0 && admission.stats.shedShare < share);
  calls(1_000, 2);
  assert.equal(admission.stats.shedShare, 0);
  assert.equal(calls(100, 2), 0);
  assert.deepEqual(changes, [true, false]);
});

test("what comes after a rest is made", () => {
  const { calls, admission, idle } = start();
  calls(1_000, 20);
  assert(admission.stats.shedShare > 0.8);
  idle(2_000);
  assert.equal(calls(50, 0), 0);
});

test("no more calls than there may be wait for their decision", async () => {
  const { calls, admission } = start({ maxPending: 2 });
  const decisions = [1, 2].map(() => Promise.withResolvers<string>());
  const waiting = decisions.map(({ promise }) => admission.wait(promise));
  assert.equal(admission.stats.pending, 2);
  assert.equal(calls(3, 0), 1);
  decisions[0]?.resolve("yes");
  decisions[1]?.reject(new Error("no"));
  assert.equal(await waiting[0], "yes");
  await assert.rejects(waiting[1] ?? assert.fail(), { message: "no" });
  assert.equal(calls(3, 0), 0);
  assert.partialDeepStrictEqual(admission.stats, { admitted: 3, shed: 3, pending: 0 });
});

test("limits that make no sense are refused", () => {
  assert.throws(() => new AdmissionControl({ maxDelayMs: 0 }), { name: "RangeError", message: /^maxDelayMs is 0/ });
  assert.throws(() => new AdmissionControl({ maxPending: Number.NaN }), { message: /^maxPending is NaN/ });
});
