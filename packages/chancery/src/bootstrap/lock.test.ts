import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { withLock } from "./lock.ts";

test("two holders of one lock run one after the other", async () => {
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise(setImmediate);
    events.push(`${name} ends`);
  };
  await Promise.all([withLock(`one-${process.pid}`, work("a")), withLock(`one-${process.pid}`, work("b"))]);
  assert.equal(events.length, 4);
  assert.equal(events[0]?.[0], events[1]?.[0]);
  assert.equal(events[2]?.[0], events[3]?.[0]);
});

test("a lock is free again when its work fails", async () => {
  await assert.rejects(
    withLock(`failing-${process.pid}`, () => Promise.reject(new Error("no luck"))),
    /no luck/,
  );
  assert.equal(await withLock(`failing-${process.pid}`, () => Promise.resolve("free")), "free");
});

test("a holder that is killed locks nobody out", async () => {
  const name = `killed-${process.pid}`;
  const holder = spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { withLock } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
     await withLock(${JSON.stringify(name)}, () => new Promise(() => process.stdout.write("held")));`,
  ]);
  await once(holder.stdout, "data");
  const waiter = withLock(name, () => Promise.resolve("mine"));
  holder.kill("SIGKILL");
  assert.equal(await waiter, "mine");
  assert.equal(await withLock(name, () => Promise.resolve("again")), "again");
});
