import assert from "node:assert/strict";
import { test } from "node:test";
import { SpareTurns } from "./spare-turns.ts";
import { FakeLoop } from "./testdata/turns.ts";

function start() {
  const loop = new FakeLoop();
  const ran: string[] = [];
  const spare = new SpareTurns(loop);
  return { loop, spare, ran, task: (name: string) => () => void ran.push(name) };
}

test("one task has its turn at a time, in order, each once however often it was added", () => {
  const { loop, spare, ran, task } = start();
  const [a, b] = [task("a"), task("b")];
  for (const one of [a, b, a]) spare.add(one);
  loop.turn();
  assert.deepEqual(ran, ["a"]);
  loop.turn();
  loop.turn();
  assert.deepEqual(ran, ["a", "b"]);
});

test("a turn with something else in it is followed by another before a task has its own", () => {
  const { loop, spare, ran, task } = start();
  spare.add(task("a"));
  loop.turn(0.5);
  loop.turn(0.5);
  assert.deepEqual(ran, []);
  loop.turn(0.01);
  assert.deepEqual(ran, ["a"]);
});

test("what has waited for 2 ms has its turn, however busy it is, and then the next waits for as long", () => {
  const { loop, spare, ran, task } = start();
  for (const name of ["a", "b"]) spare.add(task(name));
  for (let count = 0; count < 3; count++) loop.turn(0.5);
  assert.deepEqual(ran, []);
  loop.turn(0.5);
  assert.deepEqual(ran, ["a"]);
  for (let count = 0; count < 3; count++) loop.turn(0.5);
  assert.deepEqual(ran, ["a"]);
  loop.turn(0.5);
  assert.deepEqual(ran, ["a", "b"]);
});

test("a task that is let go is not run, and one that is added while another runs is", () => {
  const { loop, spare, ran, task } = start();
  const gone = task("gone");
  spare.add(gone);
  spare.delete(gone);
  spare.add(() => spare.add(task("added")));
  for (let count = 0; count < 3; count++) loop.turn();
  assert.deepEqual(ran, ["added"]);
});

test("a task that throws does not keep the others from their turns", () => {
  const { loop, spare, ran, task } = start();
  spare.add(() => {
    throw new Error("broken");
  });
  spare.add(task("a"));
  assert.throws(() => loop.turn(), { message: "broken" });
  loop.turn();
  assert.deepEqual(ran, ["a"]);
});
