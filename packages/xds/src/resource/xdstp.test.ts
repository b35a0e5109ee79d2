import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalName, collectionOf, globPrefix } from "./xdstp.ts";

test("the order of context parameters does not matter (P81)", () => {
  assert.equal(canonicalName("xdstp://a/T/x?b=2&a=1"), "xdstp://a/T/x?a=1&b=2");
  assert.equal(canonicalName("xdstp://a/T/x?a=1&b=2"), "xdstp://a/T/x?a=1&b=2");
  assert.equal(canonicalName("plain?b&a"), "plain?b&a");
});

test("a name belongs to the glob beside it, with the same authority, type and parameters (P81)", () => {
  assert.equal(collectionOf("xdstp://a/T/x/y?p=1"), "xdstp://a/T/x/*?p=1");
  assert.equal(collectionOf("xdstp://a/T/y"), "xdstp://a/T/*");
  assert.equal(collectionOf("xdstp://a/T/x/*"), undefined);
  assert.equal(collectionOf("x/y"), undefined);
});

test("a glob says what its members begin with", () => {
  assert.equal(globPrefix("xdstp://a/T/x/*?p=1"), "xdstp://a/T/x/");
  assert.equal(globPrefix("xdstp://a/T/x"), undefined);
  assert.equal(globPrefix("*"), undefined);
});
