import assert from "node:assert/strict";
import { test } from "node:test";
import { Recent } from "./recent.ts";

const MiB = 1024 * 1024;

test("what was made of an object is shared while it is used, and made again when much was made since", () => {
  let made = 0;
  const recent = new Recent<object, number>(() => MiB / 2);
  const key = {};
  const ask = (): number => recent.of(key, () => made++);
  const makeOther = () => recent.of({}, () => -1);
  assert.deepEqual([ask(), ask()], [0, 0]);
  for (let i = 0; i < 20; i++) {
    makeOther();
    assert.equal(ask(), 0);
  }
  for (let i = 0; i < 20; i++) makeOther();
  assert.deepEqual([ask(), ask()], [1, 1]);
});

test("what holds what others made goes with it, so that no memory is kept for what nobody remembers", () => {
  const parts = new Recent<object, number>(() => MiB);
  const wholes = new Recent<object, string>(() => 0);
  const key = {};
  wholes.of(key, () => "first");
  for (let i = 0; i < 10; i++) parts.of({}, () => i);
  assert.equal(
    wholes.of(key, () => "second"),
    "second",
  );
});
