import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConformance, nameOf, statements } from "@chancery/xds/testing";
import { startControlPlane } from "chancery";

const free = { host: "127.0.0.1", port: 0 };

/** Why a transcript can be held in memory only, where the tests of the stream hold it. */
const unsayable = [
  /^nobody outside knows when the server could have sent$/,
  /^it is about options of our own server$/,
  /^nobody can make the server's time pass$/,
  /^nobody can say when a heartbeat is due$/,
  /^the API cannot say that ".*" is on demand only$/,
];

test("over gRPC and the HTTP API", async (t) => {
  await using controlPlane = await startControlPlane({ xds: free, http: free });
  const { xds: target, http } = controlPlane;
  const verdicts = checkConformance({ target, http, statements, quietMs: 20, timeoutMs: 20_000, exact: true });
  for await (const { statement, outcome, why } of verdicts) {
    if (outcome === "skip")
      assert.ok(
        unsayable.some((reason) => reason.test(why)),
        `${nameOf(statement)}: ${why}`,
      );
    else await t.test(nameOf(statement), () => assert.ok(outcome === "pass", why));
  }
});
