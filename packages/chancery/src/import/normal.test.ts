import assert from "node:assert/strict";
import { test } from "node:test";
import { toNormal } from "./normal.ts";

test("what makes no difference is left out", () => {
  assert.deepEqual(toNormal({ name: "shop", connect_timeout: "5s" }, "clusters"), { name: "shop" });
  assert.deepEqual(toNormal({ name: "shop", connect_timeout: "6s" }, "clusters"), {
    name: "shop",
    connect_timeout: "6s",
  });
});

test("metadata may have keys that every object inherits", () => {
  const metadata = JSON.parse('{ "constructor": "", "toString": 1, "__proto__": { "valueOf": null } }');
  assert.deepEqual(toNormal(metadata, "envoy.lb"), metadata);
});
