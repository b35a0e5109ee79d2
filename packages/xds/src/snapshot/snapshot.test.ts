import assert from "node:assert/strict";
import { test } from "node:test";
import { toSnapshot } from "./snapshot.ts";

test("a version that UTF-8 cannot carry is refused before any client is to get it", () => {
  assert.throws(() => toSnapshot([], { version: "v\ud800" }), {
    name: "TypeError",
    message: "Cannot make a snapshot: its version has half of a surrogate pair",
  });
});
