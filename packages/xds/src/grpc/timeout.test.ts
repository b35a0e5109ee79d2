import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTimeoutMs } from "./timeout.ts";

const cases: readonly (readonly [header: string, ms: number])[] = [
  ["1H", 3_600_000],
  ["2M", 120_000],
  ["5S", 5_000],
  ["100m", 100],
  ["1500u", 2],
  ["1n", 1],
  ["0S", 0],
  ["99999999H", 359_999_996_400_000],
];

for (const [header, ms] of cases) {
  test(`grpc-timeout ${header} is ${ms} ms`, () => {
    assert.equal(parseTimeoutMs(header), ms);
  });
}

test("no grpc-timeout is no deadline", () => {
  assert.equal(parseTimeoutMs(undefined), undefined);
});

for (const header of ["", "5", "S", "5s", "-5S", "5.5S", "123456789S", "5S "]) {
  test(`grpc-timeout "${header}" is malformed`, () => {
    assert.throws(() => parseTimeoutMs(header), { name: "StatusError", message: `malformed grpc-timeout "${header}"` });
  });
}
