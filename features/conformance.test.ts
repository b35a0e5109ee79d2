import { test } from "node:test";
import { checkConformance, nameOf, statements } from "@chancery/xds/testing";
import { startControlPlane } from "chancery";

const free = { host: "127.0.0.1", port: 0 };

test("every transcript, over gRPC and the HTTP API", async (t) => {
  await using controlPlane = await startControlPlane({ xds: free, http: free });
  const { xds: target, http } = controlPlane;
  const verdicts = checkConformance({ target, http, statements, quietMs: 20, timeoutMs: 20_000, exact: true });
  for await (const { statement, outcome, why } of verdicts) {
    await t.test(nameOf(statement), { skip: outcome === "skip" && why }, () => {
      if (outcome === "fail") throw new Error(why);
    });
  }
});
