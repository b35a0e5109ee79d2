import assert from "node:assert/strict";
import { test } from "node:test";
import { readRequest } from "./request.ts";

test("a URL of another scheme is wrong, however it is called", () => {
  for (const scheme of ["ftp", "constructor"]) {
    assert.deepEqual(readRequest({ url: `${scheme}://shop.example.com` }), {
      ok: false,
      path: "url",
      message: `"${scheme}" is no scheme of this; write http, https, tcp, tls, udp`,
    });
  }
});
