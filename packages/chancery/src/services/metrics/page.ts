import { setImmediate } from "node:timers/promises";
import { matchesGlob } from "../../glob.ts";
import type { Family, Series } from "./family.ts";
import { toLabelText, toNumberText } from "./names.ts";

/** The two formats that Prometheus reads. */
export type PageFormat = "text" | "openmetrics";

/** https://prometheus.io/docs/instrumenting/content_negotiation */
export const contentTypes: Readonly<Record<PageFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

export interface PageFilter {
  /** Globs. */
  readonly name: string;
  readonly node: string;
  readonly nodeCluster: string;
}

/** Writes families as a page, in the order of their names, a piece at a time: a fleet has millions of lines. */
export async function* writePage(
  families: Iterable<Family>,
  format: PageFormat,
  filter: PageFilter,
): AsyncGenerator<string, void> {
  const wanted = [...families].filter(({ name, type }) => type !== undefined && matchesGlob(name, filter.name));
  const sorted = wanted.sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(sorted.map(({ name }) => name));
  let text = "";
  let turnEndMs = performance.now() + turnMs;
  let count = 0;
  for (const family of sorted) {
    let began = false;
    for (const series of family.series) {
      if (!isShown(series, filter)) continue;
      if (!began) text += format === "text" ? textHead(family) : openMetricsHead(family, names);
      began = true;
      text += toLines(family, series);
      if (++count % 64 !== 0) continue;
      if (text.length > pieceLength) {
        yield text;
        text = "";
      }
      if (performance.now() <= turnEndMs) continue;
      // Others have their turn.
      await setImmediate();
      turnEndMs = performance.now() + turnMs;
    }
  }
  yield format === "text" ? text : `${text}# EOF\n`;
}

const pieceLength = 64 * 1024;
const turnMs = 2;

function isShown(series: Series, { node, nodeCluster }: PageFilter): boolean {
  const from = series.node;
  if (!from.isCurrent(series)) return false;
  return (
    (node === "*" || matchesGlob(from.id, node)) && (nodeCluster === "*" || matchesGlob(from.cluster, nodeCluster))
  );
}

function textHead({ name, type = "untyped" }: Family): string {
  return `# TYPE ${name} ${type}\n`;
}

/** A counter is called `_total` there and its family is not; what cannot be called so has no type. */
function openMetricsHead({ name, type = "untyped" }: Family, names: ReadonlySet<string>): string {
  if (type === "untyped") return `# TYPE ${name} unknown\n`;
  if (type !== "counter") return `# TYPE ${name} ${type}\n`;
  const base = name.replace(/_total$/, "");
  return base === name || names.has(base) ? `# TYPE ${name} unknown\n` : `# TYPE ${base} counter\n`;
}

function toLines({ name, type }: Family, { node, labels, value, observations }: Series): string {
  const both = labels.text === "" ? node.text : node.text === "" ? labels.text : `${node.text},${labels.text}`;
  if (observations === undefined) return `${name}${inBraces(both)} ${toNumberText(value)}\n`;
  const { bounds, values, count, sum } = observations;
  const before = both === "" ? "" : `${both},`;
  let text = "";
  for (let index = 0; index < bounds.length; index++) {
    const bound = toNumberText(bounds[index] ?? 0);
    const number = toNumberText(values[index] ?? 0);
    // The last bucket is written below, whether it came or not.
    if (type === "histogram" && bound === "+Inf") continue;
    const label = toLabelText(type === "histogram" ? "le" : "quantile", bound);
    text += `${name}${type === "histogram" ? "_bucket" : ""}{${before}${label}} ${number}\n`;
  }
  if (type === "histogram") text += `${name}_bucket{${before}le="+Inf"} ${count}\n`;
  return `${text}${name}_sum${inBraces(both)} ${toNumberText(sum)}\n${name}_count${inBraces(both)} ${count}\n`;
}

function inBraces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
