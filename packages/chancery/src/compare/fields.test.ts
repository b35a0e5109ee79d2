import assert from "node:assert/strict";
import { test } from "node:test";
import { diffFields } from "./fields.ts";

test("fields are changed, added or removed, each by its path", () => {
  const before = { a: { b: 1, gone: true }, same: [1, 2], "x.y": 1 };
  const after = { a: { b: 2, new: [1] }, same: [1, 2], "x.y": 2 };
  assert.deepEqual(diffFields(before, after), [
    { path: "a.b", before: 1, after: 2 },
    { path: "a.gone", before: true },
    { path: "a.new", after: [1] },
    { path: '"x.y"', before: 1, after: 2 },
  ]);
});

test("fields may be called as what every object inherits", () => {
  const [before, after] = ['{ "toString": 1, "__proto__": { "a": 1 } }', '{ "constructor": { "a": 1 } }'].map((text) =>
    JSON.parse(text),
  );
  assert.deepEqual(diffFields(before, after), [
    { path: "toString", before: 1 },
    { path: "__proto__", before: { a: 1 } },
    { path: "constructor", after: { a: 1 } },
  ]);
});

test("parts of a list with names are told apart by these, and their order counts", () => {
  const before = { routes: [{ name: "a", to: 1 }, { name: "b" }, { name: "c" }] };
  const after = { routes: [{ name: "b" }, { name: "a", to: 2 }, { name: "d" }] };
  assert.deepEqual(diffFields(before, after), [
    { path: "routes[a].to", before: 1, after: 2 },
    { path: "routes[c]", before: { name: "c" } },
    { path: "routes[d]", after: { name: "d" } },
    { path: "routes: order", before: ["a", "b"], after: ["b", "a"] },
  ]);
});

test("parts of a list without names, or with one twice, are told apart by where they stand", () => {
  assert.deepEqual(diffFields({ list: [1, 2] }, { list: [1, 3, 4] }), [
    { path: "list[1]", before: 2, after: 3 },
    { path: "list[2]", after: 4 },
  ]);
  const twice = [{ name: "a" }, { name: "a" }];
  assert.deepEqual(diffFields(twice, [{ name: "a" }]), [{ path: "[1]", before: { name: "a" } }]);
});

test("what has another type is changed as a whole", () => {
  assert.deepEqual(diffFields({ a: [1] }, { a: { b: 1 } }), [{ path: "a", before: [1], after: { b: 1 } }]);
});
