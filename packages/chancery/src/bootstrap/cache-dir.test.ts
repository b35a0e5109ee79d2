import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheDir } from "./cache-dir.ts";

test("the cache is where CHANCERY_CACHE says, before anything else", () => {
  assert.equal(cacheDir({ CHANCERY_CACHE: "/c", XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux"), "/c");
});

test("without CHANCERY_CACHE it follows the conventions of the system", () => {
  assert.equal(cacheDir({ XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux"), "/x/chancery");
  assert.equal(cacheDir({ HOME: "/h" }, "linux"), "/h/.cache/chancery");
  assert.equal(cacheDir({ HOME: "/h" }, "darwin"), "/h/Library/Caches/chancery");
});
