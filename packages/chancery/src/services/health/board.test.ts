import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { HealthBoard } from "./board.ts";
import type { KeptVerdict } from "./kept-verdicts.ts";
import { countVotes, type Vote } from "./quorum.ts";
import type { Target } from "./target.ts";
import { addresses, targetsOf } from "./testdata/targets.ts";
import { UnhealthyEndpoints } from "./unhealthy.ts";

test("more than half of the checkers decide; the first to speak does not", () => {
  const vote = (healthy: boolean): Vote => ({ healthy, reason: "", sinceMs: 0 });
  const count = (votes: Record<string, boolean>) =>
    countVotes(["a", "b", "c"], new Map(Object.entries(votes).map(([id, healthy]) => [id, vote(healthy)]))).majority;
  assert.equal(count({ a: false }), undefined);
  assert.equal(count({ a: false, b: true }), undefined);
  assert.equal(count({ a: false, b: true, c: false }), "unhealthy");
  assert.equal(count({ a: true, b: true }), "healthy");
  assert.equal(count({ x: false, y: false, z: false }), undefined);
});

test("an endpoint that checkers find to fail is unhealthy, and one that they have not judged stays as it is", () => {
  const { board, said, say } = start(1, ["a", "b", "c"]);
  say(1, "a", false);
  assert.deepEqual(said, []);
  say(1, "b", false, "HTTP 503");
  assert.deepEqual(said, ["10.0.0.1:80 unhealthy"]);
  say(1, "b", true);
  assert.deepEqual(said.splice(0), ["10.0.0.1:80 unhealthy"]);
  say(1, "c", true);
  assert.deepEqual(said, ["10.0.0.1:80 healthy"]);
  assert.equal(board.entry("shop", "10.0.0.1:80")?.votes.get("a")?.healthy, false);
});

test("a checker that has gone does not count, nor what one says that is not asked", () => {
  const { board, said, say } = start(1, ["a", "b", "c"]);
  say(1, "a", true);
  say(1, "b", false);
  say(1, "x", false);
  assert.deepEqual(said, []);
  board.setCheckers("shop", "10.0.0.1:80", { checkers: ["b"], nowMs: 5 });
  assert.deepEqual(said, ["10.0.0.1:80 unhealthy"]);
  board.setCheckers("shop", "10.0.0.1:80", { checkers: [], nowMs: 6 });
  assert.equal(board.entry("shop", "10.0.0.1:80")?.verdict, "unhealthy");
});

test("an endpoint that fails again and again has to answer for longer each time", () => {
  const { board, said, say } = start(1, ["a"]);
  say(1, "a", false, "", 0);
  say(1, "a", true, "", 1000);
  assert.deepEqual(said.splice(0), ["10.0.0.1:80 unhealthy", "10.0.0.1:80 healthy"]);
  say(1, "a", false, "", 2000);
  say(1, "a", true, "", 3000);
  assert.deepEqual(said.splice(0), ["10.0.0.1:80 unhealthy"]);
  assert.equal(board.entry("shop", "10.0.0.1:80")?.held, "flapping");
  // A round: two checks of five seconds each.
  board.tick(12_999);
  assert.deepEqual(said, []);
  board.tick(13_000);
  assert.deepEqual(said.splice(0), ["10.0.0.1:80 healthy"]);
  say(1, "a", false, "", 14_000);
  say(1, "a", true, "", 15_000);
  // Two rounds, which begin anew when it fails in between.
  say(1, "a", false, "", 30_000);
  say(1, "a", true, "", 31_000);
  board.tick(50_999);
  assert.deepEqual(said.splice(0), ["10.0.0.1:80 unhealthy"]);
  board.tick(51_000);
  assert.deepEqual(said, ["10.0.0.1:80 healthy"]);
});

test("when too much fails at once nothing is unhealthy, until enough of it answers", () => {
  const { unhealthy, frozen, say } = start(10, ["a"]);
  for (let n = 1; n <= 5; n++) say(n, "a", false, "timeout", n);
  assert.equal(unhealthy().length, 5);
  say(6, "a", false, "timeout", 6);
  assert.deepEqual(frozen, ["control-plane: 6 of 10 frozen"]);
  assert.deepEqual(unhealthy(), []);
  for (let n = 7; n <= 10; n++) say(n, "a", false, "timeout", n);
  assert.deepEqual(unhealthy(), []);
  for (let n = 1; n <= 4; n++) say(n, "a", true, "", 100 + n);
  assert.equal(frozen.length, 1);
  say(5, "a", true, "", 105);
  assert.deepEqual(frozen[1], "control-plane: 5 of 10 thawed");
  assert.equal(unhealthy().length, 5);
});

test("what fails bit by bit freezes nothing", () => {
  const { unhealthy, frozen, say } = start(10, ["a"]);
  for (let n = 1; n <= 10; n++) say(n, "a", false, "", n * 40_000);
  assert.deepEqual(frozen, []);
  assert.equal(unhealthy().length, 10);
});

test("three endpoints of three may fail: so few say nothing about the checks", () => {
  const { unhealthy, frozen, say } = start(3, ["a"]);
  for (let n = 1; n <= 3; n++) say(n, "a", false, "", n);
  assert.deepEqual(frozen, []);
  assert.equal(unhealthy().length, 3);
});

test("an endpoint that is gone is forgotten, and the others stay as they were judged", () => {
  const { board, unhealthy, say } = start(2, ["a"]);
  say(1, "a", false);
  say(2, "a", false);
  board.setTargets(targets(1), 10);
  assert.deepEqual(unhealthy(), ["10.0.0.1:80"]);
  assert.equal(board.entry("shop", "10.0.0.2:80"), undefined);
});

test("what an earlier process found to be unhealthy stays so until it is judged anew, and its falls count", async () => {
  const kept = [1, 2, 9].map((n) => ({
    ...{ service: "shop", address: `10.0.0.${n}:80`, by: "control-plane" as const, sinceMs: -5_000 },
    falls: [-8_000, -5_000],
  }));
  const { board, said, say, unhealthy, marked } = start(3, ["a"], kept);
  assert.deepEqual(said, []);
  assert.deepEqual(unhealthy(), ["10.0.0.1:80", "10.0.0.2:80"]);
  // What is checked no more is not held against anybody.
  assert.deepEqual(await marked(), ["10.0.0.1:80", "10.0.0.2:80"]);
  assert.deepEqual([...board.unhealthy()], kept.slice(0, 2));
  say(2, "a", false, "timeout", 100);
  assert.equal(board.entry("shop", "10.0.0.2:80")?.sinceMs, -5_000);
  // It failed twice in the last minutes, so it has to answer for a round.
  say(1, "a", true, "", 200);
  board.tick(10_199);
  assert.deepEqual(said, []);
  board.tick(10_200);
  assert.deepEqual(said, ["10.0.0.1:80 healthy"]);
  assert.deepEqual(await marked(), ["10.0.0.2:80"]);
});

test("what others checked before is not believed", async () => {
  const kept = [{ service: "shop", address: "10.0.0.1:80", by: "fleet", sinceMs: 0, falls: [0] }] as const;
  const { unhealthy, marked } = start(1, ["a"], kept);
  assert.deepEqual([unhealthy(), await marked()], [[], []]);
});

function start(count: number, checkers: readonly string[], kept: readonly KeptVerdict[] = []) {
  const unhealthy = new UnhealthyEndpoints();
  const [said, frozen]: [string[], string[]] = [[], []];
  const board = new HealthBoard({
    unhealthy,
    ...{ maxFailingShare: 0.5, kept },
    onVerdict: ({ address, verdict }) => said.push(`${address} ${verdict}`),
    onFreeze: (by, state) =>
      frozen.push(`${by}: ${state.fallen} of ${state.total} ${state.frozen ? "frozen" : "thawed"}`),
  });
  const list = targets(count);
  board.setTargets(list, 0);
  for (const { address } of list.flatMap(({ endpoints }) => endpoints)) {
    board.setCheckers("shop", address, { checkers, nowMs: 0 });
  }
  return {
    ...{ board, said, frozen },
    unhealthy: () => [...board.entries()].flatMap(({ verdict, address }) => (verdict === "unhealthy" ? [address] : [])),
    /** What is served as unhealthy. */
    async marked() {
      await setImmediate();
      return [...(unhealthy.of("shop") ?? [])].sort();
    },
    say(n: number, checker: string, healthy: boolean, reason = "", sinceMs = n) {
      board.vote("shop", `10.0.0.${n}:80`, { checker, healthy, reason, sinceMs });
    },
  };
}

function targets(count: number): readonly Target[] {
  return targetsOf(`{ endpoints: ${addresses(count)}, health: { active: { by: control-plane, tcp: true } } }`);
}
