import assert from "node:assert/strict";
import { test } from "node:test";
import { toOperations } from "./operations.ts";

const examples: readonly (readonly [what: string, before: object, after: object, operations: readonly object[]])[] = [
  ["what is the same needs nothing", { a: 1 }, { a: 1 }, []],
  ["fields are merged, null removes", { a: 1, b: 2 }, { a: 3 }, [{ op: "merge", value: { a: 3, b: null } }]],
  [
    "a part of an object is merged with what is above it",
    { a: { b: { c: 1, d: 1 } } },
    { a: { b: { c: 2, d: 1 } } },
    [{ op: "merge", value: { a: { b: { c: 2 } } } }],
  ],
  [
    "items of lists are gone through by name",
    { list: [{ name: "a" }, { name: "b", x: 1 }, { name: "c" }] },
    { list: [{ name: "b", x: 2 }, { name: "c" }, { name: "d" }] },
    [
      { op: "remove", path: "/list/0" },
      { op: "merge", path: "/list/0", value: { x: 2 } },
      { op: "add", path: "/list/2", value: { name: "d" } },
    ],
  ],
  [
    "lists that nothing ties together are replaced",
    { list: [1, 2] },
    { list: [2, 1, 3] },
    [{ op: "merge", value: { list: [2, 1, 3] } }],
  ],
  [
    "messages of other types are replaced",
    { config: { "@type": "a", x: 1 } },
    { config: { "@type": "b" } },
    [{ op: "replace", path: "/config", value: { "@type": "b" } }],
  ],
  [
    "a value with a null of its own is added as it is",
    {},
    { metadata: { field: null } },
    [{ op: "add", path: "/metadata", value: { field: null } }],
  ],
  [
    "keys that every object inherits are added, changed and removed like others",
    JSON.parse('{ "toString": 1, "valueOf": { "a": 1 }, "__proto__": 1 }'),
    JSON.parse('{ "constructor": { "a": 1 }, "valueOf": { "a": 2 }, "__proto__": 2 }'),
    [
      {
        op: "merge",
        value: JSON.parse('{ "toString": null, "valueOf": { "a": 2 }, "__proto__": 2, "constructor": { "a": 1 } }'),
      },
    ],
  ],
  [
    "names with slashes and tildes are escaped",
    { "a/b~c": [{ name: "x", y: 1 }] },
    { "a/b~c": [{ name: "x", y: 2 }] },
    [{ op: "merge", path: "/a~1b~0c/0", value: { y: 2 } }],
  ],
];

for (const [what, before, after, operations] of examples) {
  test(what, () => {
    const sides = (value: object) => ({
      normal: JSON.parse(JSON.stringify(value)),
      whole: JSON.parse(JSON.stringify(value)),
    });
    assert.deepEqual(toOperations(sides(before), sides(after)), operations);
  });
}

test("what makes no difference is neither compared, nor in the way of what is merged", () => {
  const before = { normal: {}, whole: { options: { http1: {} } } };
  const after = { normal: { options: { http2: {} } }, whole: { options: { http2: {} } } };
  assert.deepEqual(toOperations(before, after), [{ op: "add", path: "/options", value: { http2: {} } }]);
  assert.deepEqual(toOperations(before, { normal: {}, whole: { options: {} } }), []);
});
