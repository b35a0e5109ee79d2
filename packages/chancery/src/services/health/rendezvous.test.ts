import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseNodes, toHashedNode } from "./rendezvous.ts";

const keys = Array.from({ length: 3_000 }, (_, i) => `shop/10.0.${i >> 8}.${i & 255}:8080`);
const nodes = Array.from({ length: 10 }, (_, i) => toHashedNode(`edge-${i}`));

test("each key has as many different nodes as are wanted, in any order of the nodes, or all if there are fewer", () => {
  for (const key of keys.slice(0, 100)) {
    const chosen = chooseNodes(key, nodes, 3);
    assert.equal(new Set(chosen).size, 3);
    assert.deepEqual(chooseNodes(key, nodes.toReversed(), 3), chosen);
  }
  assert.equal(chooseNodes("shop", nodes.slice(0, 2), 3).length, 2);
  assert.deepEqual(chooseNodes("shop", [], 3), []);
});

test("each node has about its share", () => {
  const counts = Map.groupBy(
    keys.flatMap((key) => chooseNodes(key, nodes, 3)),
    (id) => id,
  );
  for (const { id } of nodes) {
    const count = counts.get(id)?.length ?? 0;
    assert(Math.abs(count - 900) < 150, `${id} has ${count} of 9,000`);
  }
});

test("when a node goes only what it had moves", () => {
  const [gone, ...others] = nodes;
  for (const key of keys) {
    const before = chooseNodes(key, nodes, 3);
    const after = chooseNodes(key, others, 3);
    const kept = before.filter((id) => id !== gone?.id);
    assert.deepEqual(after.slice(0, kept.length), kept);
  }
});
