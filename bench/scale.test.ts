import assert from "node:assert/strict";
import { test } from "node:test";
import { clientsPerReplica, replicasFor, scaleTable } from "./scale.ts";

const costs = { processMb: 24, streamKb: 100, connectMs: 1, updateUs: 50 };
const budget = { memoryMb: 1024, share: 0.5, stormSeconds: 30 };

test("a replica holds what memory, reconnects and changes allow", () => {
  assert.deepEqual(clientsPerReplica(costs, budget, 2), { memory: 10_240, reconnects: 30_000, changes: 5000 });
});

test("a fleet takes a replica more than it needs", () => {
  assert.deepEqual(
    [5000, 5001, 10_000].map((fleet) => replicasFor(fleet, 5000)),
    [2, 3, 3],
  );
});

test("the table names what limits a replica", () => {
  const [, , ...rows] = scaleTable(costs, budget).split("\n");
  assert.deepEqual(rows, [
    "| 0.1 | 10,240 | memory | 2 | 11 | 99 |",
    "| 1 | 10,000 | changes | 2 | 11 | 101 |",
    "| 10 | 1,000 | changes | 11 | 101 | 1,001 |",
  ]);
});
