import assert from "node:assert/strict";
import { test } from "node:test";
import { goals } from "./goals.ts";
import { runProgram } from "./program.ts";

test("a program that fails is said to have failed", async ({ signal }) => {
  await assert.rejects(runProgram("no-such-program.ts", signal), /bench\/no-such-program\.ts ended with exit code 1/);
});

test("each goal names a figure once", () => {
  const named = goals.map(({ source, metric, against }) => JSON.stringify([source, metric, against]));
  assert.deepEqual(named, [...new Set(named)]);
});
