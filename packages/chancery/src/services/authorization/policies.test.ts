import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { exportJWK, generateKeyPair } from "jose";
import { silentLogger } from "../../logs.ts";
import { toPolicies } from "./policies.ts";
import { authorizationSchema } from "./schema.ts";

test("keys that are there already stay there when other things change", async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), "chancery-policies-"));
  t.after(() => rm(cwd, { recursive: true }));
  const { publicKey } = await generateKeyPair("ES256");
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "one" }] });
  for (const name of ["a.jwks", "b.jwks"]) await writeFile(join(cwd, name), keys);
  const issuer = (file: string, audience: string) => ({
    ...{ issuer: "https://id.example.com", audiences: [audience], algorithms: ["ES256"], jwks: { file } },
  });
  const read = (issuers: object) => authorizationSchema.parse({ issuers });
  const origins = new Map([
    ["a", "policies.yaml"],
    ["b", "policies.yaml"],
  ]);
  const context = { origins, cwd, log: silentLogger() };
  const first = toPolicies(read({ a: issuer("a.jwks", "shop"), b: issuer("b.jwks", "shop") }), context);
  const second = toPolicies(read({ a: issuer("a.jwks", "bank"), b: issuer("a.jwks", "shop") }), {
    ...context,
    previous: first,
  });
  t.after(() => second[Symbol.dispose]());
  const jwks = (policies: typeof first, name: string) => policies.keySets.get(name)?.jwks;
  assert.equal(jwks(second, "a"), jwks(first, "a"));
  assert.notEqual(jwks(second, "b"), jwks(first, "b"));
  assert.notEqual(await jwks(second, "a")?.keys(), undefined);
  assert.deepEqual([jwks(second, "a")?.state.keys, jwks(second, "a")?.state.failures], [1, 0]);
});
