import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTestCases } from "./case.ts";
import { compare } from "./compare.ts";
import type { Observed } from "./result.ts";

const observed: Observed = {
  ...{ service: "shop", status: 200, route: undefined, location: undefined, path: "/", host: undefined },
  ...{ headers: {}, requestHeaders: {}, body: undefined },
};

function expectation(yaml: string) {
  const { cases, problems } = parseTestCases(`[{ name: a, request: { url: "http://a" }, expect: ${yaml} }]`, "a.yaml");
  assert.deepEqual(problems, []);
  const [first] = cases;
  assert(first !== undefined);
  return first.expect;
}

test("what is not as expected is named", () => {
  const failures = compare(expectation("{ status: 404, headers: { X-Team: a, x-none: null } }"), observed);
  assert.deepEqual(
    failures.map(({ field, expected, actual }) => [field, expected, actual]),
    [
      ["status", "404", "200"],
      ["headers.X-Team", '"a"', "none"],
    ],
  );
});

test("headers may be called as what every object inherits", () => {
  const headers = JSON.parse('{ "constructor": "a", "__proto__": "b" }');
  const expected = "{ constructor: a, __proto__: b }";
  assert.deepEqual(compare(expectation(`{ headers: ${expected} }`), { ...observed, headers }), []);
  const failures = compare(expectation(`{ headers: ${expected}, requestHeaders: { constructor: null } }`), observed);
  assert.deepEqual(
    failures.map(({ field, actual }) => [field, actual]),
    [
      ["headers.constructor", "none"],
      ["headers.__proto__", "none"],
    ],
  );
});
