import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesGlob } from "./glob.ts";

const cases: [glob: string, matching: string[], other: string[]][] = [
  ["edge-1", ["edge-1"], ["edge-10", "", "Edge-1"]],
  ["*", ["", "edge-1", "a/b\nc"], []],
  ["edge-*", ["edge-", "edge-1"], ["an-edge-1", "edge"]],
  ["*-1", ["edge-1"], ["edge-10"]],
  ["a*a", ["aa", "aba"], ["a", "ab"]],
  ["a*b*c", ["abc", "a-b-b-c"], ["acb", "a-c"]],
  ["*b*b*", ["bb", "abcbd"], ["b", "abc"]],
  ["a.c", ["a.c"], ["abc"]],
  ["**", ["", "x"], []],
];

for (const [glob, matching, other] of cases) {
  test(`"${glob}" matches ${matching.length} of the texts that it is tried with`, () => {
    for (const text of matching) assert.equal(matchesGlob(text, glob), true, text);
    for (const text of other) assert.equal(matchesGlob(text, glob), false, text);
  });
}
