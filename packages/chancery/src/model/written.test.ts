import assert from "node:assert/strict";
import { test } from "node:test";
import { jwt } from "./jwt.ts";
import { route } from "./route.ts";
import { withDurations } from "./written.ts";

test("durations are written as a person does", () => {
  const value = route.parse({ parents: "public", to: "shop", timeout: { request: "90s", idle: "off" } });
  const written = withDurations(route, value) as { readonly rules: { readonly all: { readonly timeout: unknown } } };
  assert.deepEqual(written.rules.all.timeout, { request: "90s", idle: "off" });
});

test("a key for tokens may have members that every object inherits", () => {
  const key = { kty: "OKP", crv: "Ed25519", x: "44hw9gz8fZl7IrvwOhj5vCVzRHfFPXNs5eE_amS82oo", constructor: "a" };
  const value = jwt.parse({ issuer: "https://id.example.com", jwks: { inline: { keys: [key] } } });
  assert.deepEqual(withDurations(jwt, value), value);
});
