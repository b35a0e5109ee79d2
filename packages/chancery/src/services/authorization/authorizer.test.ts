import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthorizationRequest } from "@chancery/xds/services";
import fc from "fast-check";
import { silentLogger } from "../../logs.ts";
import { Authorizer } from "./authorizer.ts";
import type { Finding } from "./finding.ts";
import type { Policies } from "./policies.ts";
import type { Rule } from "./policy.ts";

/** What may go wrong within a rule, and one that denies. */
const faults: Readonly<Record<string, Pick<Rule, "mismatch" | "effect">>> = {
  "match throws": { mismatch: fail, effect: { kind: "allow" } },
  "check throws": { mismatch: matches, effect: { kind: "require", check: fail } },
  "check rejects": { mismatch: matches, effect: { kind: "require", check: async () => fail() } },
  "check never ends": { mismatch: matches, effect: { kind: "require", check: () => new Promise<Finding>(() => {}) } },
  "check says nothing": {
    mismatch: matches,
    effect: { kind: "require", check: async () => JSON.parse("null") as Finding },
  },
  "check denies": {
    mismatch: matches,
    effect: { kind: "require", check: () => ({ met: false, reason: "", status: 401 }) },
  },
};

const passes: Pick<Rule, "mismatch" | "effect"> = { mismatch: () => "not for this", effect: { kind: "allow" } };

test("whatever goes wrong, wherever, is a denial, also if everything is only tried", async () => {
  const rules = fc.array(fc.constantFrom(...Object.keys(faults), "passes"), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rules, fc.boolean(), async (names, dryRun) => {
      const authorizer = authorizerWith(
        names.map((name) => ({ name, dryRun: false, ...(faults[name] ?? passes) })),
        dryRun,
      );
      const decision = await authorizer.decide(request({}));
      const denies = decision.kind === "deny";
      assert.equal(decision.response.allowed, denies && dryRun, `${names}: ${decision.reason}`);
      if (!denies) assert.equal(decision.status, 503);
    }),
    { numRuns: 60 },
  );
});

test("a rule that is only tried and fails denies all the same: it may not be known what it would say", async () => {
  for (const name of ["match throws", "check throws", "check rejects", "check never ends"]) {
    const authorizer = authorizerWith([
      { name, dryRun: true, ...(faults[name] ?? passes) },
      { name: "rest", dryRun: false, mismatch: matches, effect: { kind: "allow" } },
    ]);
    const response = await authorizer.check(request({}));
    assert.ok(!response.allowed && response.status === 503, name);
  }
});

test("without policies nothing is allowed", async () => {
  const response = await new Authorizer(silentLogger()).check(request({}));
  assert.ok(!response.allowed && response.status === 503);
});

test("requests that are none are refused", async () => {
  const authorizer = authorizerWith([{ name: "all", dryRun: false, mismatch: matches, effect: { kind: "allow" } }]);
  const header = (name: string, value: string) => ({ name, value });
  for (const http of [
    { method: "" },
    { method: "GET /" },
    { host: "" },
    { path: "//" },
    // The bytes as they came, which only the header has.
    { path: "/a!", headers: [header(":path", "/aÿ")] },
    { headers: [header(":path", "/a"), header(":path", "/b")] },
  ]) {
    const response = await authorizer.check(request(http));
    assert.ok(!response.allowed && response.status === 400, JSON.stringify(http));
  }
  assert.equal((await authorizer.check(request({}))).allowed, true);
});

test("a decision is kept without query and headers", async () => {
  const authorizer = authorizerWith([{ name: "all", dryRun: false, mismatch: matches, effect: { kind: "allow" } }]);
  await authorizer.check(request({ path: "/a?key=secret", headers: [{ name: "x-api-key", value: "secret" }] }));
  const [record] = authorizer.decisions.search(() => true, 1);
  assert.deepEqual(record?.request, { id: "7", method: "GET", host: "a", path: "/a", source: "10.0.0.1:1" });
  assert.doesNotMatch(JSON.stringify(record), /secret/);
});

test("the newest decisions are kept, and found from the newest on", async () => {
  const authorizer = authorizerWith([{ name: "all", dryRun: false, mismatch: matches, effect: { kind: "allow" } }]);
  for (let i = 1; i <= 5; i++) await authorizer.check(request({ path: `/${i}` }));
  const paths = (limit: number) => authorizer.decisions.search(() => true, limit).map((record) => record.request.path);
  assert.deepEqual(paths(10), ["/3", "/4", "/5"]);
  assert.deepEqual(paths(2), ["/4", "/5"]);
});

function matches(): undefined {}

function fail(): never {
  throw new Error("out of order");
}

function authorizerWith(rules: readonly Rule[], dryRun = false): Authorizer {
  const authorizer = new Authorizer(silentLogger(), { timeoutMs: 5, maxDecisions: 3 });
  const policies: Policies = {
    byName: new Map([["shop", { name: "shop", dryRun, trustedHops: 0, rules }]]),
    defaultPolicy: "shop",
    ownHeaders: new Set(),
    keySets: new Map(),
    [Symbol.dispose]() {},
  };
  authorizer.use(policies);
  return authorizer;
}

function request(http: Partial<NonNullable<AuthorizationRequest["http"]>>): AuthorizationRequest {
  const about = { id: "7", method: "GET", path: "/", host: "a", scheme: "http", protocol: "HTTP/1.1", size: -1 };
  const nobody = { address: "10.0.0.1:1", principal: "", certificate: "", service: "" };
  return {
    http: { ...about, headers: [], body: new Uint8Array(), ...http },
    ...{ source: nobody, destination: nobody, sni: "", contextExtensions: new Map() },
  };
}
