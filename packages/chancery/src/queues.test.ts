import assert from "node:assert/strict";
import { test } from "node:test";
import { Queues } from "./queues.ts";

test("work for one key is done in the order in which it came, though the first takes longest", async () => {
  const queues = new Queues();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [
    queues.add("a", () => first.promise.then(() => done.push("first"))),
    queues.add("a", () => done.push("second")),
    queues.add("b", () => done.push("another key's")),
  ];
  await all[2];
  assert.deepEqual(done, ["another key's"]);
  first.resolve();
  assert.deepEqual(await Promise.all(all), [2, 3, 1]);
  assert.deepEqual(done, ["another key's", "first", "second"]);
});

test("work that fails fails for whoever added it, and what comes after it is done", async () => {
  const queues = new Queues();
  const failing = queues.add("a", () => {
    throw new RangeError("no");
  });
  const next = queues.add("a", () => "done");
  await assert.rejects(failing, RangeError);
  assert.equal(await next, "done");
});
