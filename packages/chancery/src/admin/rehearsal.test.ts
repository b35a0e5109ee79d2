import assert from "node:assert/strict";
import { test } from "node:test";
import { rehearse } from "./rehearsal.ts";

test("a rehearsal keeps a few resources of each type of which there are many", async () => {
  const snapshot = await rehearse();
  assert.deepEqual(snapshot.counts(), { clusters: 16, endpoints: 16 });
});
