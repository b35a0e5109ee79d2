import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments, usage } from "./arguments.ts";
import { subjectOf } from "./goals.ts";
import { scenarios } from "./scenarios.ts";

function casesOf(line: string): string[] {
  const { cases } = parseArguments(line.split(" ").filter(Boolean));
  return cases.map(({ scenario, variant, n, k }) => `${scenario.name} ${variant} ${n}x${k}`);
}

test("without arguments every scenario runs, in both variants if they matter", () => {
  const ran = new Set(casesOf("").map((line) => line.split(" ").slice(0, 2).join(" ")));
  const all = scenarios.flatMap(({ name, variants = ["sotw", "delta"] }) => variants.map((one) => `${name} ${one}`));
  assert.deepEqual([...ran], all);
});

test("for the goals, what they are about runs, each case once", () => {
  const all = casesOf("goals");
  assert.deepEqual(all, [...new Set(all)]);
  assert.ok(all.includes("fanout delta 1000x10000"));
  assert.deepEqual(casesOf("goals churn transaction --variant delta"), ["churn delta 20x100"]);
  const { cases, goals } = parseArguments(["goals", "transaction"]);
  assert.equal(cases.length, 0);
  assert.ok(goals.length > 0 && goals.every((goal) => subjectOf(goal) === "transaction"));
});

test("for the curves, one count grows while the other stands", () => {
  assert.ok(casesOf("curves").every((line) => / 100x|x100$/.test(line)));
  assert.equal(parseArguments(["curves"]).rounds, 1);
});

test("scenarios, sizes and the variant can be chosen", () => {
  assert.deepEqual(casesOf("fanout --n 1000 --k 1000 --variant delta"), ["fanout delta 1000x1000"]);
  assert.deepEqual(casesOf("churn --k 10,20 --variant sotw"), ["churn sotw 20x10", "churn sotw 20x20"]);
});

test("a quick pass has one round and one size of each scenario", () => {
  const { rounds, cases } = parseArguments(["--quick"]);
  assert.equal(rounds, 1);
  assert.equal(new Set(cases.map(({ scenario }) => scenario)).size, scenarios.length);
  assert.ok(cases.length <= 2 * scenarios.length);
});

test("a mistake is answered with what would be right", () => {
  assert.throws(() => parseArguments(["fan"]), /Cannot run "fan": the scenarios are sync, fanout, /);
  assert.throws(
    () => parseArguments(["goals", "idle"]),
    /Cannot run "idle": the scenarios are sync, .*transaction, .*pacing/,
  );
  assert.throws(() => parseArguments(["--variant", "both"]), /Cannot use --variant "both": write sotw or delta/);
  assert.throws(() => parseArguments(["--n", "0"]), /Cannot read --n "0": write a number above 0/);
});

test("the help names every scenario", () => {
  for (const { name, what } of scenarios) assert.match(usage(), new RegExp(`${name} +${what.slice(0, 20)}`));
});
