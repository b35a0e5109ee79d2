import assert from "node:assert/strict";
import { test } from "node:test";
import { compareWithInput } from "./compare.ts";

const model = { fleets: { edge: { match: "*", services: "shop" } }, services: { shop: { endpoints: "10.0.0.1:80" } } };

function differencesOf(cluster: object) {
  return compareWithInput(model, { expected: new Map([["clusters/shop", cluster]]) }).differences;
}

test("what differs is listed by resource and field", () => {
  const [difference, ...others] = differencesOf({ name: "shop", alt_stat_name: "store" });
  assert.deepEqual(others, []);
  assert.deepEqual([difference?.change, difference?.kind, difference?.name], ["changed", "clusters", "shop"]);
  assert.deepEqual(difference?.fields[0], { path: "alt_stat_name", before: "store" });
});

test("what only one side has is added or removed", () => {
  const { differences } = compareWithInput(model, { expected: new Map([["listeners/public:80", {}]]) });
  assert.deepEqual(
    differences.map(({ change, kind, name }) => [change, kind, name]),
    [
      ["removed", "listeners", "public:80"],
      ["added", "clusters", "shop"],
    ],
  );
});

test("that a secret differs is seen, the secret is not", () => {
  const whole = differencesOf({ name: "shop", transport_socket: { private_key: { inline_string: "hunter2" } } });
  assert.match(JSON.stringify(whole), /"private_key":"\[redacted\]"/);
  assert.doesNotMatch(JSON.stringify(whole), /hunter2/);
});
