import assert from "node:assert/strict";
import { test } from "node:test";
import { toRequestHeaders } from "./headers.ts";
import { readRequest } from "./request.ts";

test("a header is there if it was sent or Envoy sets it, however it is called", () => {
  const read = readRequest({ url: "http://shop.example.com", headers: [["__proto__", "a"]] });
  assert(read.ok);
  const { values, unknown } = toRequestHeaders(read.request, {
    ...{ authority: "shop.example.com", path: "/", scheme: "http", forwardedProto: "http" },
    generated: { "x-request-id": "a random id" },
  });
  assert.deepEqual(values("__proto__"), ["a"]);
  assert.deepEqual(values("constructor"), []);
  assert.equal(unknown("X-Request-Id"), "a random id");
  assert.equal(unknown("constructor"), undefined);
});
