import type { Case, Format } from "./arguments.ts";
import type { ContenderName } from "./contenders.ts";
import type { Metrics } from "./median.ts";
import { formatRatio } from "./ratio.ts";
import type { Figure } from "./scenarios.ts";
import { type Row, toMarkdown, toTable } from "./table.ts";

/** What one case took: the medians of its rounds. A contender whose run went wrong has none. */
export interface Outcome {
  readonly case: Case;
  readonly metrics: Readonly<Partial<Record<ContenderName, Metrics>>>;
  readonly problems: readonly string[];
}

const head: Row = ["scenario", "variant", "N", "K", "figure", "", "Chancery", "go-control-plane", "ratio"];
const firstNumber = 6;

export function formatReport(outcomes: readonly Outcome[], format: Format): string {
  if (format === "json") return JSON.stringify(outcomes.map(toJson), undefined, 2);
  const rows = [head, ...outcomes.flatMap(toRows)];
  return format === "markdown" ? toMarkdown(rows, firstNumber) : toTable(rows, firstNumber);
}

function toRows(outcome: Outcome): readonly Row[] {
  const { scenario, variant, n, k } = outcome.case;
  return scenario.figures.map((figure) => {
    const { ours, theirs } = compare(outcome, figure);
    const where = [scenario.name, variant, String(n), String(k), figure.label, figure.unit];
    return [...where, formatNumber(ours), formatNumber(theirs), formatRatio(ours, theirs)];
  });
}

function toJson(outcome: Outcome) {
  const { scenario, variant, n, k } = outcome.case;
  const ratios = scenario.figures.map((figure) => {
    const { ours, theirs } = compare(outcome, figure);
    return [figure.metric, ours !== undefined && theirs !== undefined ? ours / theirs : null];
  });
  const { metrics, problems } = outcome;
  return { scenario: scenario.name, variant, n, k, ratios: Object.fromEntries(ratios), metrics, problems };
}

function compare({ metrics }: Outcome, { metric }: Figure) {
  return { ours: metrics.chancery?.[metric], theirs: metrics["go-control-plane"]?.[metric] };
}

/** Three digits are all that such figures are good for. */
function formatNumber(value: number | undefined): string {
  if (value === undefined) return "–";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.1))));
  return value.toFixed(Math.min(decimals, 2));
}
