import assert from "node:assert/strict";
import { test } from "node:test";
import { goals, subjectOf } from "./goals.ts";
import { formatGoals, standingOf } from "./goals-report.ts";
import type { Outcome } from "./report.ts";

const churn = goals.filter((goal) => subjectOf(goal) === "churn");
const measured = {
  outcomes: churn.flatMap(({ source, metric }, i): Outcome[] =>
    "scenario" in source
      ? [
          {
            case: source,
            metrics: { chancery: { [metric]: 4 - i }, "go-control-plane": { [metric]: 6 } },
            problems: [],
          },
        ]
      : [],
  ),
  programs: new Map([["transaction.ts", { change_growth: 1.5 }]]),
};

test("a goal is met when the ratio is at most what it says", () => {
  const rows = formatGoals(
    churn.map((goal) => standingOf(goal, measured)),
    "table",
  );
  assert.equal(
    rows,
    [
      "work                         figure          Chancery  peer  ratio   goal  met",
      "connect, sync, leave  sotw   server CPU, ms      4.00  6.00   0.67  ≤ 1/2   no",
      "connect, sync, leave  delta  server CPU, ms      3.00  6.00  1/2.0  ≤ 1/2  yes",
    ].join("\n"),
  );
});

test("a goal without a peer is met by the figure itself", () => {
  const standings = goals.filter((goal) => subjectOf(goal) === "transaction").map((goal) => standingOf(goal, measured));
  assert.deepEqual(
    standings.map(({ ours, met }) => ({ ours, met })),
    [
      { ours: 1.5, met: true },
      { ours: undefined, met: undefined },
    ],
  );
  assert.match(formatGoals(standings, "markdown"), /\| 1\.50 \| – \| – \| ≤ 2 × \| yes \|\n.*\| – \|$/);
});

test("nothing is said to be met where the peer was not measured", () => {
  const standings = churn.map((goal) => standingOf(goal, { outcomes: [], programs: new Map() }));
  assert.deepEqual(
    JSON.parse(formatGoals(standings, "json")).map(({ met = null }) => met),
    [null, null],
  );
});
