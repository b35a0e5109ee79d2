import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "./arguments.ts";
import { median, medians } from "./median.ts";
import { formatRatio } from "./ratio.ts";
import { formatReport, type Outcome } from "./report.ts";

const outcomes: Outcome[] = parseArguments(["sync", "--n", "100", "--k", "10", "--variant", "delta"]).cases.map(
  (of) => ({
    case: of,
    metrics: {
      chancery: { sync_server_cpu_ms: 12.345, sync_max_ms: 90 },
      "go-control-plane": { sync_server_cpu_ms: 493.8 },
    },
    problems: [],
  }),
);

test("a table has a row for each figure, numbers to the right", () => {
  assert.equal(
    formatReport(outcomes, "table"),
    [
      "scenario  N    K   figure                  delta: Chancery  peer  ratio",
      "sync      100  10  server CPU, ms                     12.3   494   1/40",
      "sync      100  10  last stream synced, ms             90.0     –      –",
    ].join("\n"),
  );
});

test("the variants stand side by side", () => {
  const both = parseArguments(["churn"]).cases.map((of) => ({ case: of, metrics: {}, problems: [] }));
  const [head = "", ...rows] = formatReport(both, "table").split("\n");
  assert.match(head, /sotw: Chancery +peer +ratio +delta: Chancery +peer +ratio$/);
  assert.equal(rows.length, 2);
});

test("the same as Markdown", () => {
  assert.equal(
    formatReport(outcomes, "markdown").split("\n").slice(1, 3).join("\n"),
    ["| --- | --- | --- | --- | ---: | ---: | ---: |", "| sync | 100 | 10 | server CPU, ms | 12.3 | 494 | 1/40 |"].join(
      "\n",
    ),
  );
});

test("JSON has the ratios as numbers and all metrics", () => {
  const [outcome] = JSON.parse(formatReport(outcomes, "json"));
  assert.deepEqual(outcome.ratios, { sync_server_cpu_ms: 0.025, sync_max_ms: null });
  assert.deepEqual(outcome.metrics, outcomes[0]?.metrics);
});

test("a median is the middle one, or lies between the two in the middle", () => {
  assert.equal(median([9, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 9]), 3);
  assert.deepEqual(medians([{ a: 1 }, { a: 3, b: 5 }]), { a: 2, b: 5 });
});

test("a ratio below a half is said as a fraction", () => {
  assert.deepEqual(
    [
      [1, 40],
      [2, 11],
      [83, 100],
      [23, 2],
      [0, 2],
      [undefined, 2],
    ].map(([ours, theirs]) => formatRatio(ours, theirs)),
    ["1/40", "1/5.5", "0.83", "12", "–", "–"],
  );
});
