import type { Format } from "./arguments.ts";
import { caseKey } from "./case.ts";
import type { Goal } from "./goals.ts";
import type { Metrics } from "./median.ts";
import { formatNumber } from "./number.ts";
import { formatRatio } from "./ratio.ts";
import type { Outcome } from "./report.ts";
import { type Row, toMarkdown, toTable } from "./table.ts";

/** What was measured for the goals. */
export interface Measured {
  readonly outcomes: readonly Outcome[];
  /** By the name of the program. */
  readonly programs: ReadonlyMap<string, Metrics>;
}

/** How a goal stands. `met` is undefined where there is no figure, or none of the peer. */
export interface Standing {
  readonly goal: Goal;
  readonly ours: number | undefined;
  readonly theirs: number | undefined;
  readonly met: boolean | undefined;
}

export function standingOf(goal: Goal, { outcomes, programs }: Measured): Standing {
  const { source, metric, against, atMost } = goal;
  const outcome = outcomes.find(({ case: of }) => "scenario" in source && caseKey(of) === caseKey(source));
  const metrics = "program" in source ? programs.get(source.program) : outcome?.metrics.chancery;
  const ours = metrics?.[metric];
  const theirs = outcome?.metrics[against ?? "go-control-plane"]?.[metric];
  const measured =
    against === undefined ? ours : ours !== undefined && theirs !== undefined ? ours / theirs : undefined;
  return { goal, ours, theirs, met: measured === undefined ? undefined : measured <= atMost };
}

/** A row for each goal. */
export function formatGoals(standings: readonly Standing[], format: Format): string {
  if (format === "json") return JSON.stringify(standings.map(toJson), undefined, 2);
  const rows = [["work", "", "figure", "Chancery", "peer", "ratio", "goal", "met"], ...standings.map(toRow)];
  return format === "markdown" ? toMarkdown(rows, firstNumber) : toTable(rows, firstNumber);
}

const firstNumber = 3;

function toRow({ goal, ours, theirs, met }: Standing): Row {
  const { work, label, unit, atMost, against } = goal;
  const limit = unit === undefined ? toFraction(atMost) : `${atMost} ${unit}`;
  const figure = against === "node:net" ? `${label}; peer: node:net` : label;
  return [
    work,
    variantOf(goal) ?? "",
    unit === undefined ? figure : `${figure}, ${unit}`,
    formatNumber(ours),
    formatNumber(theirs),
    formatRatio(ours, theirs),
    `≤ ${limit}`,
    met === undefined ? "–" : met ? "yes" : "no",
  ];
}

/** `1/40` of 0.025; what is no such fraction, as it stands. */
function toFraction(value: number): string {
  const times = Math.round(1 / value);
  return times > 1 && Math.abs(times * value - 1) < 1e-9 ? `1/${times}` : String(value);
}

function toJson({ goal, ours, theirs, met }: Standing) {
  const { work, metric, unit, atMost } = goal;
  return { work, variant: variantOf(goal), metric, unit, ours, theirs, atMost, met };
}

function variantOf({ source }: Goal): string | undefined {
  return "variant" in source && source.scenario.variants?.length !== 1 ? source.variant : undefined;
}
