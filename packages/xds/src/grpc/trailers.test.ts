import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "./status.ts";
import { encodeStatusMessage, toTrailers } from "./trailers.ts";

test("printable ASCII stays as it is in grpc-message", () => {
  assert.equal(encodeStatusMessage('no cluster "a" ~ (b)'), 'no cluster "a" ~ (b)');
});

test("percent signs, control characters and the UTF-8 bytes of other characters are percent-encoded", () => {
  assert.equal(encodeStatusMessage("100% of\nzürich 🎉\x7f"), "100%25 of%0Az%C3%BCrich %F0%9F%8E%89%7F");
});

test("half a surrogate pair becomes the replacement character", () => {
  assert.equal(encodeStatusMessage("\ud83c"), "%EF%BF%BD");
});

test("an OK status without a message is one header", () => {
  assert.deepEqual(toTrailers({ code: Code.OK }), [["grpc-status", "0"]]);
});

test("details travel in base64", () => {
  assert.deepEqual(toTrailers({ code: Code.NOT_FOUND, message: "gone", details: Uint8Array.of(255, 254) }), [
    ["grpc-status", "5"],
    ["grpc-message", "gone"],
    ["grpc-status-details-bin", "//4="],
  ]);
});
