import assert from "node:assert/strict";
import { test } from "node:test";
import { fillUriTemplate, toUriTemplate } from "./uri-template.ts";

test("what a template names is filled into another one", () => {
  const variables = toUriTemplate("/videos/{constructor=*}/{__proto__=**}").match("/videos/en/a/b") ?? {};
  assert.equal(fillUriTemplate("/{__proto__}?lang={constructor}", variables), "/a/b?lang=en");
});

test("what a template does not name is empty", () => {
  assert.equal(fillUriTemplate("/a{constructor}{__proto__}", {}), "/a");
});
