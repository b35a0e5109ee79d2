import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { json, record } from "./record.ts";

const proto = (value: unknown) => JSON.parse(`{ "a": 1, "__proto__": ${JSON.stringify(value)} }`);

test("__proto__ is a name like any other", () => {
  const numbers = record(z.string(), z.number());
  assert.deepEqual(numbers.parse(proto(2)), proto(2));
  assert.deepEqual(numbers.optional().parse(proto(2)), proto(2));
  assert.deepEqual(numbers.describe("Numbers").parse(proto(2)), proto(2));
  assert.deepEqual(
    numbers
      .refine(() => true)
      .transform((all) => Object.keys(all))
      .parse(proto(2)),
    ["a", "__proto__"],
  );
});

test("what stands under __proto__ becomes what the schema of values makes of it", () => {
  assert.deepEqual(record(z.string(), z.unknown().transform(String)).parse(proto(2)), {
    ...proto("2"),
    a: "1",
  });
});

test("what is wrong under __proto__, or with it as a name, has its place", () => {
  const { error: wrongValue } = record(z.string(), z.number()).safeParse(proto("x"));
  assert.deepEqual(
    wrongValue?.issues.map(({ code, path }) => [code, path]),
    [["invalid_type", ["__proto__"]]],
  );
  const { error: wrongName } = record(z.string().regex(/^[a-z]+$/), z.number()).safeParse(proto(2));
  assert.deepEqual(
    wrongName?.issues.map(({ code, path }) => [code, path]),
    [["invalid_key", ["__proto__"]]],
  );
});

test("no prototype is changed by what is read", () => {
  const value = json().parse(proto({ polluted: true }));
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal("polluted" in Object(value), false);
});

test("JSON is read with each name that it has", () => {
  const value = [{ constructor: [proto(proto(null))], toString: true }, 1, "a"];
  assert.deepEqual(json().parse(value), value);
  assert.equal(json().safeParse([undefined]).success, false);
});
