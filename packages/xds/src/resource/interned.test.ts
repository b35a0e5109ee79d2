import assert from "node:assert/strict";
import { test } from "node:test";
import { Interned } from "./interned.ts";

interface Item {
  readonly fingerprintHigh: number;
  readonly fingerprintLow: number;
  readonly text: string;
}

test("things that differ are told apart, whatever their fingerprints", () => {
  const { interned, items } = fill(10, () => 1);
  for (const item of items) assert.equal(find(interned, item), item);
  assert.equal(find(interned, { ...(items[0] as Item), text: "another" }), undefined);
});

test("many with one fingerprint cost a bounded number of comparisons, and are found or not", () => {
  const { interned, items } = fill(1000, () => 1);
  let comparisons = 0;
  interned.find(1, 1, () => ++comparisons < 0);
  assert.ok(comparisons <= 16, `${comparisons} were compared`);
  assert.equal(find(interned, items[0] as Item), items[0]);
  assert.equal(find(interned, items[999] as Item), undefined);
});

test("all are found again while the table grows", () => {
  const { interned, items } = fill(10_000, (i) => i * 7);
  for (const item of items) assert.equal(find(interned, item), item);
});

function fill(count: number, fingerprint: (index: number) => number) {
  const interned = new Interned<Item>();
  const items = Array.from({ length: count }, (_, i) => {
    const item = { fingerprintHigh: fingerprint(i), fingerprintLow: fingerprint(i), text: `item ${i}` };
    interned.add(item, interned.slabFor(item.text.length), item.text.length);
    return item;
  });
  return { interned, items };
}

function find(interned: Interned<Item>, { fingerprintHigh, fingerprintLow, text }: Item): Item | undefined {
  return interned.find(fingerprintHigh, fingerprintLow, (item) => item.text === text);
}
