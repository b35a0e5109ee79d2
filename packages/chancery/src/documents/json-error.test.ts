import assert from "node:assert/strict";
import { test } from "node:test";
import { findJsonError } from "./json-error.ts";

// `^` stands before the first thing that is wrong.
const cases = [
  '{"a": ^b}',
  '{"a": 1,^}',
  '{"a" ^1}',
  '{"a": [1 ^2]}',
  '{"a": [1,^]}',
  '{"a": [1^}',
  '{"a": 1}^}',
  "{^'a': 1}",
  '{"a": ^"b\n"}',
  '{"a": ^"\\x"}',
  '{"a": 0^1}',
  '{"a": 1^',
  "^",
];

for (const marked of cases) {
  test(`the error of ${JSON.stringify(marked)} is found`, () => {
    const text = marked.replace("^", "");
    assert.throws(() => JSON.parse(text), SyntaxError);
    assert.equal(findJsonError(text), marked.indexOf("^"));
  });
}
