import assert from "node:assert/strict";
import { test } from "node:test";
import { explainFilters } from "./network.ts";
import { readRequest } from "./request.ts";

test("a filter of a type that is not known is not looked into, however it is called", () => {
  const read = readRequest({ url: "tcp://10.0.0.1:80" });
  assert(read.ok);
  const filters = [{ name: "own", typed_config: { "@type": "type.googleapis.com/constructor" } }];
  assert.deepEqual(explainFilters({ filters }, read.request, { get: () => undefined, all: () => [] }), {
    networkFilters: ["own"],
    outcome: { kind: "unknown", why: 'the network filter "own" is not looked into' },
  });
});
