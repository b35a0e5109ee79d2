import assert from "node:assert/strict";
import { test } from "node:test";
import { PeerCounts } from "./peer-counts.ts";

test("a peer may have so many and no more, whatever others have", () => {
  const counts = new PeerCounts(2);
  assert.deepEqual([counts.add("10.0.0.1"), counts.add("10.0.0.1"), counts.add("10.0.0.1")], [true, true, false]);
  assert.equal(counts.add("10.0.0.2"), true);
});

test("what a peer has given back it may have again", () => {
  const counts = new PeerCounts(1);
  for (let round = 0; round < 3; round++) {
    assert.equal(counts.add("2001:db8::1"), true);
    assert.equal(counts.add("2001:db8::1"), false);
    counts.remove("2001:db8::1");
  }
});

for (const address of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", ""]) {
  test(`what comes from the same machine is not counted: "${address}"`, () => {
    const counts = new PeerCounts(1);
    for (let count = 0; count < 3; count++) assert.equal(counts.add(address), true);
    counts.remove(address);
  });
}
