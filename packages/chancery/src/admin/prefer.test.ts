import assert from "node:assert/strict";
import { test } from "node:test";
import { preferredWaitSeconds } from "./prefer.ts";

const cases: [prefer: string | undefined, seconds: number | undefined][] = [
  [undefined, undefined],
  ["wait=10", 10],
  ['Wait = "10"', 10],
  ["respond-async, wait=0", 0],
  ["wait=7;foo=bar", 7],
  ["wait=1, wait=2", 1],
  ["wait", undefined],
  ["wait=soon", undefined],
  ["wait=-1", undefined],
  ["wait=1.5", undefined],
  ["await=5", undefined],
];

for (const [prefer, seconds] of cases) {
  test(`"Prefer: ${prefer ?? ""}" is willing to wait ${seconds ?? "no"} seconds`, () => {
    assert.equal(preferredWaitSeconds(prefer), seconds);
  });
}
