import assert from "node:assert/strict";
import { test } from "node:test";
import { suggest } from "./suggest.ts";

const commands = ["serve", "demo", "envoy", "bootstrap"];

for (const [word, meant] of [
  ["sevre", "serve"],
  ["serv", "serve"],
  ["bootstarp", "bootstrap"],
  ["deom", "demo"],
  ["envoys", "envoy"],
  ["x", undefined],
  ["", undefined],
  ["install", undefined],
] as const) {
  test(`"${word}" probably means ${meant ?? "nothing known"}`, () => {
    assert.equal(suggest(word, commands), meant);
  });
}
