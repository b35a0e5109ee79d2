import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpProblem } from "./http-problem.ts";
import { readSnapshotBody } from "./snapshot-body.ts";

function read(json: string) {
  return readSnapshotBody({ bytes: Buffer.from(json), format: "json" }, { node: "edge", previous: undefined });
}

test("the resources of a body are those of the snapshot", async () => {
  const { snapshot } = await read('{ "node": "edge", "resources": { "clusters": [{ "name": "shop" }] } }');
  assert.deepEqual(
    [...snapshot.sets].flatMap(({ resources }) => [...resources].map(({ name }) => name)),
    ["shop"],
  );
});

test("what is no type of resources, or no field of a body, is named, however it is called", async () => {
  for (const name of ["constructor", "__proto__"]) {
    for (const json of [`{ "resources": { "${name}": [] } }`, `{ "${name}": 1 }`]) {
      await assert.rejects(
        () => read(json),
        (problem) => problem instanceof HttpProblem && JSON.stringify(problem.problems).includes(name),
        json,
      );
    }
  }
});
