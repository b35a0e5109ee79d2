import assert from "node:assert/strict";
import { test } from "node:test";
import { toMatch } from "./match.ts";

const exactly = (exact: string) => ({ exact });

test("of conditions on one header the first is kept, the others are left to a patch", () => {
  const headers = ["a", "b"].map((text) => ({ name: "x-team", string_match: exactly(text) }));
  assert.deepEqual(toMatch({ headers }), { headers: { "x-team": "a" } });
});

test("headers, parameters and cookies may have names that every object inherits", () => {
  const conditions = ["constructor", "__proto__"].map((name) => ({ name, string_match: exactly("a") }));
  const said = JSON.parse('{ "constructor": "a", "__proto__": "a" }');
  assert.deepEqual(toMatch({ headers: conditions, query_parameters: conditions, cookies: conditions }), {
    headers: said,
    query: said,
    cookies: said,
  });
});
