import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readPath } from "./path.ts";
import { finalReadings, firstSegment, readingsOf, tricks } from "./testdata/readings.ts";

test("a path is as it was sent, with percent-encoding undone and without the query", () => {
  const paths: Readonly<Record<string, string>> = {
    "/": "/",
    "/a/b.html?x=/../y": "/a/b.html",
    "/%61dmin": "/admin",
    "/a%20b": "/a b",
    "/%C3%A4/%e2%82%ac": "/ä/€",
    "/a/": "/a/",
    "/..a/.well-known/...b": "/..a/.well-known/...b",
    "*": "*",
    "": "",
  };
  for (const [target, path] of Object.entries(paths)) {
    const read = readPath(target);
    assert.ok(read.ok && read.path === path, target);
  }
  const query = readPath("/a?b=%2e%2e&c");
  assert.ok(query.ok && query.query === "b=%2e%2e&c");
});

test("what servers read in different ways is refused, and why is said", () => {
  const refused: Readonly<Record<string, RegExp>> = {
    "//a": /an empty segment/,
    "/a//b": /an empty segment/,
    "/a/../b": /a dot segment/,
    "/a/.": /a dot segment/,
    "/a/%2e%2E/b": /an encoded dot/,
    "/a/..;/b": /a semicolon/,
    "/a%3bx": /a semicolon/,
    "/a%2Fb": /an encoded slash/,
    "/a%5cb": /a backslash/,
    "/a\\b": /a backslash/,
    "/%252e": /encoding twice/,
    "/a%00": /a control character|encoded control/,
    "/a%0d%0a": /encoded control/,
    "/%ff": /no UTF-8/,
    "/%c0%af": /no UTF-8/,
    "/%ed%a0%80": /no UTF-8/,
    "/a%": /encodes nothing/,
    "/a%zz": /encodes nothing/,
    "/a#b": /fragment/,
    "/a%23b": /fragment/,
    "/a%3Fb": /question mark/,
    "/ä": /has to be percent-encoded/,
    "/a b": /has to be percent-encoded/,
    "/a%EF%BC%8Fb": /read as a separator/,
    "/%EF%BC%8E%EF%BC%8E/b": /read as a separator/,
    "/a./b": /ends with a dot/,
    a: /begin with a slash/,
    "http://a/b": /begin with a slash/,
  };
  for (const [target, reason] of Object.entries(refused)) {
    const read = readPath(target);
    assert.ok(!read.ok && reason.test(read.reason), `${target}: ${JSON.stringify(read)}`);
  }
});

test("a path that is accepted has only one reading, whoever reads it", () => {
  let accepted = 0;
  fc.assert(
    fc.property(tricks, (target) => {
      const read = readPath(target);
      if (!read.ok) return;
      accepted++;
      // Trailing slashes apart, which the path keeps.
      assert.deepEqual(new Set(finalReadings(target)), new Set([read.path.normalize("NFKC")]), target);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(accepted > 500, `only ${accepted} paths were accepted`);
});

test("no trick gets to what is denied, nor out of what is allowed", () => {
  assert.equal(
    bypasses((target) => {
      const read = readPath(target);
      return read.ok ? read.path : undefined;
    }),
    0,
  );
});

test("the tricks get past those who decide on the path as it was sent, or normalize it in one way", () => {
  assert.ok(bypasses((target) => target.replace(/[?#].*/s, "")) > 100);
  assert.ok(
    bypasses((target) => (URL.canParse(target, "http://a") ? new URL(target, "http://a").pathname : undefined)) > 100,
  );
});

/** How many tricks get to /admin although that is denied, or out of /public although all else is. */
function bypasses(pathOf: (target: string) => string | undefined): number {
  let found = 0;
  for (const target of fc.sample(tricks, { numRuns: 20_000, seed: 7 })) {
    const path = pathOf(target);
    if (path === undefined) continue;
    const first = firstSegment(path);
    const reachesDenied =
      first !== "admin" && [...readingsOf(target)].some((reading) => firstSegment(reading) === "admin");
    const leavesAllowed =
      first === "public" && finalReadings(target).some((reading) => firstSegment(reading) !== "public");
    if (reachesDenied || leavesAllowed) found++;
  }
  return found;
}
