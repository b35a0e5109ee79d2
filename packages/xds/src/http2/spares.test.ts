import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Spares } from "./spares.ts";

function numbered(t: TestContext, most: number): { spares: Spares<number>; made: () => number } {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let last = 0;
  return { spares: new Spares(most, () => ++last), made: () => last };
}

test("what was given is taken again, and made where there is none", (t) => {
  const { spares } = numbered(t, 2);
  assert.deepEqual([spares.take(), spares.take()], [1, 2]);
  spares.give(1);
  assert.deepEqual([spares.take(), spares.take()], [1, 3]);
});

test("no more are kept than may be", (t) => {
  const { spares } = numbered(t, 2);
  for (const unused of [7, 8, 9]) spares.give(unused);
  assert.deepEqual([spares.take(), spares.take(), spares.take()], [8, 7, 1]);
});

test("as many are kept as are needed at once, and the rest is let go", (t) => {
  const { spares, made } = numbered(t, 10);
  const use = (count: number) => {
    const taken = Array.from({ length: count }, () => spares.take());
    for (const unused of taken) spares.give(unused);
  };
  use(5);
  for (let period = 0; period < 5; period++) {
    t.mock.timers.tick(500);
    use(2);
  }
  assert.equal(made(), 5);
  use(3);
  assert.equal(made(), 6);
});

test("when nothing is needed, nothing is kept", (t) => {
  const { spares, made } = numbered(t, 10);
  for (const unused of [spares.take(), spares.take()]) spares.give(unused);
  t.mock.timers.tick(500);
  t.mock.timers.tick(500);
  spares.take();
  assert.equal(made(), 3);
});
