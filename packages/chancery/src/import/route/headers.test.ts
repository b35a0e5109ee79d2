import assert from "node:assert/strict";
import { test } from "node:test";
import { toHeaders } from "./headers.ts";

test("of changes to one header the first is kept, the others are left to a patch", () => {
  const added = ["a", "b"].map((value) => ({ header: { key: "x-team", value } }));
  assert.deepEqual(toHeaders({ request_headers_to_add: added }), { request: { add: { "x-team": "a" } } });
});

test("headers that are changed may have names that every object inherits", () => {
  const added = ["constructor", "__proto__"].map((key) => ({ header: { key, value: "a" } }));
  assert.deepEqual(toHeaders({ response_headers_to_add: added }), {
    response: { add: JSON.parse('{ "constructor": "a", "__proto__": "a" }') },
  });
});
