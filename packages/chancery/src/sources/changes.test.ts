import assert from "node:assert/strict";
import { test } from "node:test";
import { Changes } from "./changes.ts";

const options = { settleMs: 5, maxSettleMs: 60_000, recheckMs: undefined };

test("a change that came while the thread was busy is heard before it counts as quiet", async (t) => {
  const changes = new Changes();
  const order: string[] = [];
  const settled = changes.settled({ ...options, signal: t.signal }).then(() => order.push("quiet"));
  changes.notify();
  const busyUntilMs = performance.now() + 2 * options.settleMs;
  while (performance.now() < busyUntilMs);
  setImmediate(() => {
    order.push("heard");
    changes.notify();
  });
  await settled;
  assert.deepEqual(order, ["heard", "quiet"]);
});

test("a change between two waits ends the second one", async (t) => {
  const changes = new Changes();
  changes.notify();
  await changes.settled({ ...options, signal: t.signal });
  changes.notify();
  await changes.settled({ ...options, signal: t.signal });
});
