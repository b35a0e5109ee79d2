import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { painter } from "./color.ts";

const terminal = Object.assign(new PassThrough(), { isTTY: true });

test("text is coloured on a terminal, unless NO_COLOR is set, and nowhere else", () => {
  assert.equal(painter({ stdout: terminal, env: {} })("red", "x"), "\u001b[31mx\u001b[0m");
  assert.equal(painter({ stdout: terminal, env: { NO_COLOR: "1" } })("red", "x"), "x");
  assert.equal(painter({ stdout: terminal, env: { NO_COLOR: "" } })("red", "x"), "\u001b[31mx\u001b[0m");
  assert.equal(painter({ stdout: new PassThrough(), env: {} })("red", "x"), "x");
});
