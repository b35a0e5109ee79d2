import assert from "node:assert/strict";
import { test } from "node:test";
import { noteUnlimited, Statistics } from "./statistics.ts";

const rule = "d.user";
const named = (name: string) => ({ domain: "d", name, rule });

test("values that clients choose are counted by themselves while there is room, then with their rule", () => {
  const statistics = new Statistics(3);
  statistics.keep([{ domain: "d", name: rule }]);
  for (let i = 0; i < 100; i++) noteUnlimited(statistics.of(named(`d.user_${i}`)), 1);
  const hits = [...statistics.all()].map((stats) => [stats.rule, stats.totalHits]);
  assert.deepEqual(hits, [
    ["user", 98],
    ["user_0", 1],
    ["user_1", 1],
  ]);
});

test("numbers stay as long as their rule, and go with it", () => {
  const statistics = new Statistics();
  statistics.keep([{ domain: "d", name: rule }]);
  noteUnlimited(statistics.of(named("d.user_a")), 1);
  statistics.keep([
    { domain: "d", name: rule },
    { domain: "d", name: "d.path" },
  ]);
  const names = () => [...statistics.all()].map((stats) => stats.rule).sort();
  assert.deepEqual(names(), ["path", "user", "user_a"]);
  statistics.keep([{ domain: "d", name: "d.path" }]);
  assert.deepEqual(names(), ["path"]);
});
