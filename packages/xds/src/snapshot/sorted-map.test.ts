import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SortedMap } from "./sorted-map.ts";

const key = fc.integer({ min: 0, max: 400 }).map((n) => `k${n}`);
const change = fc.tuple(key, fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }));

test("a map behaves like a plain Map through any changes, and keeps its keys in order", () => {
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 300 }), { maxLength: 6 }), (rounds) => {
      const plain = new Map<string, number>();
      let map = SortedMap.empty<number>();
      for (const changes of rounds) {
        for (const [name, value] of changes) value === undefined ? plain.delete(name) : plain.set(name, value);
        map = map.with(changes);
        assert.deepEqual([...map.keys()], [...plain.keys()].sort());
        assert.equal(map.size, plain.size);
        for (const [name, value] of plain) assert.equal(map.get(name), value);
      }
    }),
    { numRuns: 60 },
  );
});

test("changesSince says exactly what turns one map into another", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 500 }), fc.array(change, { maxLength: 60 }), (first, second) => {
      const before = SortedMap.from(first.filter((entry): entry is [string, number] => entry[1] !== undefined));
      const after = before.with(second);
      const { set, removed } = after.changesSince(before);
      const rebuilt = before.with([...set, ...removed.map((name) => [name, undefined] as const)]);
      assert.deepEqual([...rebuilt], [...after]);
      for (const [name, value] of set) assert.notEqual(before.get(name), value);
      for (const name of removed) assert.ok(before.has(name) && !after.has(name));
    }),
    { numRuns: 100 },
  );
});

const run = fc.record({ from: fc.nat(19_999), length: fc.nat(6_000), value: fc.option(fc.nat(5), { nil: undefined }) });

test("so it is with tens of thousands of keys, of which whole runs are set and removed", () => {
  const name = (n: number) => `k${String(n).padStart(5, "0")}`;
  const entries = Array.from({ length: 20_000 }, (_, n): [string, number] => [name(n), -1]);
  const full = SortedMap.from(entries);
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (runs) => {
      const plain = new Map<string, number>(entries);
      let map = full;
      for (const { from, length, value } of runs) {
        const changes = Array.from({ length }, (_, i) => [name(from + i), value] as const);
        for (const [key] of changes) value === undefined ? plain.delete(key) : plain.set(key, value);
        map = map.with(changes);
      }
      assert.deepEqual([...map.keys()], [...plain.keys()].sort());
      assert.equal(map.size, plain.size);
      const { set, removed } = map.changesSince(full);
      assert.deepEqual(
        removed,
        entries.map(([key]) => key).filter((key) => !plain.has(key)),
      );
      assert.deepEqual(
        set,
        [...plain].filter(([, value]) => value !== -1).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      const prefix = name(runs[0]?.from ?? 0).slice(0, 4);
      const keys = [...plain.keys()].filter((key) => key.startsWith(prefix));
      assert.deepEqual(
        [...map.range(prefix)],
        keys.sort().map((key) => plain.get(key)),
      );
      for (const key of keys) assert.equal(map.get(key), plain.get(key));
    }),
    { numRuns: 30 },
  );
});

test("a map that does not change stays the same object", () => {
  const map = SortedMap.from([
    ["a", 1],
    ["b", 2],
  ]);
  assert.equal(
    map.with([
      ["a", 1],
      ["z", undefined],
    ]),
    map,
  );
  assert.equal(
    map.replaceWith([2, 1], (value) => (value === 1 ? "a" : "b")),
    map,
  );
});

test("a map that is replaced has what it was given, the last of equal keys, whatever was there before", () => {
  const values = fc.array(fc.record({ name: key, n: fc.nat(3) }), { maxLength: 500 });
  const nameOf = ({ name }: { readonly name: string }) => name;
  fc.assert(
    fc.property(values, values, fc.boolean(), (first, second, sorted) => {
      const next = sorted ? second.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : second;
      const plain = new Map(next.map((value) => [value.name, value]));
      const before = SortedMap.empty<{ readonly name: string }>().replaceWith(first, nameOf);
      const map = before.replaceWith(next, nameOf);
      assert.deepEqual([...map.keys()], [...plain.keys()].sort());
      for (const [name, value] of plain) assert.equal(map.get(name), value);
    }),
    { numRuns: 100 },
  );
});

test("a change of one entry in 100,000 leaves all leaves but one shared", () => {
  const entries = Array.from({ length: 100_000 }, (_, i) => [`name-${String(i).padStart(6, "0")}`, i] as const);
  const before = SortedMap.from(entries);
  const after = before.with([["name-050000", -1]]);
  const old = new Set(before.leaves);
  assert.equal(after.leaves.filter((leaf) => !old.has(leaf)).length, 1);
  const oldBranches = new Set(before.branches);
  assert.equal(after.branches.filter((branch) => !oldBranches.has(branch)).length, 1);
  assert.ok(after.branches.length < 60 && after.branches.every(({ leaves }) => leaves.length <= 64));
  assert.deepEqual(after.changesSince(before), { set: [["name-050000", -1]], removed: [] });
});

test("a map knows its values in order, and whether another one has the same keys, however both came about", () => {
  for (const size of [0, 1, 50, 128, 129, 10_000]) {
    const names = Array.from({ length: size }, (_, index) => `n${String(index).padStart(5, "0")}`);
    const map = SortedMap.from(names.map((name, index) => [name, index]));
    const grown = names.reduce((before, name) => before.with([[name, name]]), SortedMap.empty<string>());
    assert.deepEqual(map.values, [...names.keys()]);
    assert.deepEqual(grown.values, names);
    assert.ok(map.hasKeysOf(grown) && grown.hasKeysOf(map) && map.hasKeysOf(map));
    if (size === 0) continue;
    const other = grown.with([
      [names.at(-1) ?? "", undefined],
      ["z", "z"],
    ]);
    assert.equal(other.size, map.size);
    assert.ok(!map.hasKeysOf(other) && !other.hasKeysOf(map) && !map.hasKeysOf(SortedMap.empty()));
  }
});

test("range gives the keys that begin with a prefix, over leaves", () => {
  const entries = Array.from({ length: 1000 }, (_, i) => [`${i % 3 === 0 ? "a/" : "b/"}${i}`, i] as const);
  const map = SortedMap.from(entries);
  const expected = entries.filter(([name]) => name.startsWith("b/")).map(([, value]) => value);
  assert.deepEqual([...map.range("b/")].sort(), expected.sort());
  assert.deepEqual([...map.range("c")], []);
  assert.deepEqual([...map.range("a")].length + expected.length, 1000);
});
