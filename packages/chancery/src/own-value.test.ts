import assert from "node:assert/strict";
import { test } from "node:test";
import { ownValue } from "./own-value.ts";

const words = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"];

test("what every object inherits is none of a record's values", () => {
  for (const word of words) {
    assert.equal(ownValue<unknown>({}, word), undefined);
    assert.equal(ownValue<unknown>(undefined, word), undefined);
  }
});

test("a record may have a value under such a name itself", () => {
  for (const word of words) assert.equal(ownValue(Object.fromEntries([[word, 1]]), word), 1);
});
