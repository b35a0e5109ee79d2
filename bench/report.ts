import type { Format } from "./arguments.ts";
import type { Case } from "./case.ts";
import type { ContenderName } from "./contenders.ts";
import type { Metrics } from "./median.ts";
import { formatNumber } from "./number.ts";
import { formatRatio } from "./ratio.ts";
import { type Figure, type Variant, variants } from "./scenarios.ts";
import { type Row, toMarkdown, toTable } from "./table.ts";

/** What one case took: the medians of its rounds. A contender whose run went wrong has none. */
export interface Outcome {
  readonly case: Case;
  readonly metrics: Readonly<Partial<Record<ContenderName, Metrics>>>;
  readonly problems: readonly string[];
}

export function formatReport(outcomes: readonly Outcome[], format: Format): string {
  if (format === "json") return JSON.stringify(outcomes.map(toJson), undefined, 2);
  const shown = variants.filter((variant) => outcomes.some((outcome) => outcome.case.variant === variant));
  const rows = [toHead(shown), ...bySize(outcomes).flatMap((group) => toRows(group, shown))];
  return format === "markdown" ? toMarkdown(rows, firstNumber) : toTable(rows, firstNumber);
}

const firstNumber = 4;

function toHead(shown: readonly Variant[]): Row {
  return ["scenario", "N", "K", "figure", ...shown.flatMap((variant) => [`${variant}: Chancery`, "peer", "ratio"])];
}

/** What differs in nothing but the variant stands side by side. */
function bySize(outcomes: readonly Outcome[]): readonly (readonly Outcome[])[] {
  return [...Map.groupBy(outcomes, ({ case: { scenario, n, k } }) => `${scenario.name}/${n}/${k}`).values()];
}

function toRows(group: readonly Outcome[], shown: readonly Variant[]): readonly Row[] {
  const [first] = group;
  if (first === undefined) return [];
  const { scenario, n, k } = first.case;
  return scenario.figures.map((figure) => {
    const figures = shown.flatMap((variant) => {
      const { ours, theirs } = compare(
        group.find((outcome) => outcome.case.variant === variant),
        figure,
      );
      return [formatNumber(ours), formatNumber(theirs), formatRatio(ours, theirs)];
    });
    return [scenario.name, String(n), String(k), `${figure.label}, ${figure.unit}`, ...figures];
  });
}

function toJson(outcome: Outcome) {
  const { scenario, variant, n, k } = outcome.case;
  const ratios = scenario.figures.map((figure) => {
    const { ours, theirs } = compare(outcome, figure);
    const { metric, against } = figure;
    const name = against === undefined ? metric : `${metric}/${against}`;
    return [name, ours !== undefined && theirs !== undefined ? ours / theirs : null];
  });
  const { metrics, problems } = outcome;
  return { scenario: scenario.name, variant, n, k, ratios: Object.fromEntries(ratios), metrics, problems };
}

function compare(outcome: Outcome | undefined, { metric, against = "go-control-plane" }: Figure) {
  const { metrics = {} } = outcome ?? {};
  return { ours: metrics.chancery?.[metric], theirs: metrics[against]?.[metric] };
}
