import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyedList } from "./keyed-list.ts";

test("a list is a map in the order of its entries", () => {
  const list = KeyedList.from([
    ["b", 1],
    ["a", 2],
    ["b", 3],
  ]);
  assert.deepEqual([...list], [...new Map([...list])]);
  assert.deepEqual([...list.keys()], ["b", "a"]);
  assert.deepEqual([...list.values()], [3, 2]);
  assert.deepEqual(
    [list.size, list.get("a"), list.get("c"), list.has("b"), list.indexOf("a")],
    [2, 2, undefined, true, 1],
  );
});

test("a copy with other values shares the keys, and says what differs", () => {
  const before = KeyedList.from([
    ["a", 1],
    ["b", 2],
  ]);
  const after = before.with([["b", 3]]);
  assert.deepEqual([...before.values()], [1, 2]);
  assert.deepEqual(after.changesSince(before), [{ key: "b", before: 2, value: 3 }]);
  assert.equal(after.keyset, before.keyset);
  assert.equal(KeyedList.from([...after], before).keyset, before.keyset);
  assert.throws(() => before.with([["c", 3]]), { name: "RangeError", message: /"c": it is not there/ });
});

test("lists with other keys, or the same ones in another order, are not compared", () => {
  const list = KeyedList.from([
    ["a", 1],
    ["b", 2],
  ]);
  assert.equal(list.changesSince(KeyedList.from([...list].reverse())), undefined);
  assert.equal(list.changesSince(KeyedList.from([["a", 1]])), undefined);
  assert.deepEqual(list.changesSince(KeyedList.from([...list])), []);
});

test("entries take the place of others as they do in an array", () => {
  const key = fc.constantFrom("a", "b", "constructor", "__proto__");
  const entries = fc.uniqueArray(fc.tuple(key, fc.nat(3)), { selector: ([name]) => name });
  fc.assert(
    fc.property(entries, fc.nat(4), fc.nat(4), entries, (before, at, count, inserted) => {
      const start = Math.min(at, before.length);
      const spliced = KeyedList.from(before).toSpliced(start, Math.min(count, before.length - start), inserted);
      assert.deepEqual([...spliced], [...new Map(before.toSpliced(start, count, ...inserted))]);
    }),
  );
});

test("what differs from a list before makes it of that one", () => {
  const key = fc.constantFrom("a", "b", "c", "constructor", "__proto__");
  const entries = fc.uniqueArray(fc.tuple(key, fc.nat(2)), { selector: ([name]) => name });
  let compared = 0;
  fc.assert(
    fc.property(entries, entries, (was, is) => {
      const [before, after] = [KeyedList.from(was), KeyedList.from(is)];
      const difference = after.differenceSince(before);
      if (difference === undefined) return;
      compared++;
      const { start, removed, added, changed } = difference;
      const made = before.toSpliced(start, removed.length, added).with(changed.map(({ key, value }) => [key, value]));
      assert.deepEqual([...made], is);
      for (const { key, before: value } of changed) assert.equal(before.get(key), value);
    }),
    { numRuns: 1000 },
  );
  assert(compared > 100, `only ${compared} lists were compared`);
});

test("where a list has a key that was elsewhere, it is not compared", () => {
  const list = KeyedList.from([..."abcd"].map((key) => [key, 1]));
  const moved = KeyedList.from([..."acbd"].map((key) => [key, 1]));
  assert.equal(moved.differenceSince(list), undefined);
});
