import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientStatus } from "../admin/client-status.ts";
import { formatClients } from "./clients.ts";

test("the table of clients says which fleet each node belongs to", () => {
  const groups = ["fleet/edge+edge-1", "fleet/(none)+core-1", "own-1"];
  const table = formatClients(groups.map(statusIn), 0);
  const columns = table
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/).slice(0, 3));
  assert.deepEqual(columns, [
    ["NODE", "CLUSTER", "FLEET"],
    ["n0", "c", "edge"],
    ["n1", "c", "(none)"],
    ["n2", "c", "-"],
  ]);
});

function statusIn(group: string, index: number): ClientStatus {
  return {
    id: index,
    node: { id: `n${index}`, cluster: "c", locality: { region: "", zone: "", subZone: "" }, userAgent: "envoy" },
    group,
    method: "m",
    variant: "sotw",
    peer: { address: "127.0.0.1", port: 1, secure: false },
    openedAt: "2026-01-01T00:00:00Z",
    inSync: true,
    types: [],
  };
}
