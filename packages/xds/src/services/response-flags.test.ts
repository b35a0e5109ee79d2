import assert from "node:assert/strict";
import { test } from "node:test";
import { envoyApi } from "@chancery/envoy-api";
import { explainFlag, responseFlags } from "./response-flags.ts";

test("every response flag of Envoy's API is explained, each once", () => {
  const fields = envoyApi().message("envoy.data.accesslog.v3.ResponseFlags")?.fields ?? [];
  const known = responseFlags.flatMap(({ field }) => field ?? []);
  assert.deepEqual(
    known.toSorted((a, b) => a - b),
    fields.map(({ number }) => number),
  );
  assert.equal(new Set(responseFlags.map(({ flag }) => flag)).size, responseFlags.length);
});

test("a flag of another Envoy is taken for a failure", () => {
  assert.deepEqual(explainFlag("XX"), {
    flag: "XX",
    field: undefined,
    meaning: "not a flag of Envoy 1.40",
    failure: true,
  });
  assert.equal(explainFlag("DC").failure, false);
});
