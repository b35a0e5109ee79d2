import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { Recent, RecentByName } from "./recent.ts";

const MiB = 1024 * 1024;

before(() => mock.timers.enable({ apis: ["setTimeout"] }));
after(() => mock.timers.reset());

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

test("of several values of an object each is made once under its name, and no more of them are kept than it was told", () => {
  let made = 0;
  const recent = new RecentByName<object, number>(4);
  const key = {};
  const ask = (name: string, of = key): number => recent.of(of, name, () => made++);
  assert.deepEqual(
    ["a", "b", "a", "c", "d", "b", "d"].map((name) => ask(name)),
    [0, 1, 0, 2, 3, 1, 3],
  );
  assert.equal(ask("a", {}), 4);
  assert.equal(ask("e"), 5); // instead of b, c and d
  assert.deepEqual(
    ["a", "e", "b"].map((name) => ask(name)),
    [0, 5, 6],
  );
});

test("what nobody asks for any longer is not kept, however little it is", () => {
  mock.timers.tick(1_000); // what others made is gone
  let made = 0;
  const recent = new Recent<object, number>(() => 1);
  const key = {};
  const ask = (): number => recent.of(key, () => made++);
  for (let i = 0; i < 5; i++) {
    assert.equal(ask(), 0);
    mock.timers.tick(500);
  }
  mock.timers.tick(1_000);
  assert.equal(ask(), 1);
});
