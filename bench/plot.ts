import { decadesOf, type LogScale, toLogScale } from "./log-scale.ts";

/** A picture of one figure: a panel beside the other, the same lines in each. */
export interface Plot {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly label: string;
  readonly colour: "ours" | "peer";
  readonly dashed: boolean;
  /** Above zero, as both axes are logarithmic, from left to right. */
  readonly points: readonly Point[];
}

export type Point = readonly [x: number, y: number];

const panelWidth = 400;
const height = 380;
/** Around the lines of a panel: room for the title, the legend and the axes. */
const margin = { left: 58, right: 28, top: 92, bottom: 52 };

/** Both axes logarithmic, as SVG that can be read in light and dark. */
export function drawPlot({ title, panels }: Plot): string {
  const width = panels.length * panelWidth;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="6"/>`,
    text(title, { x: margin.left, y: 28, kind: "title" }),
    ...drawLegend(panels[0]?.lines ?? []),
    ...panels.map((panel, i) => `<g transform="translate(${i * panelWidth} 0)">\n${drawPanel(panel)}\n</g>`),
    "</svg>",
    "",
  ].join("\n");
}

const style = `
text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #3f4650 }
.title { font-size: 16px; font-weight: 600; fill: #14181d }
.ground { fill: #ffffff }
.grid { stroke: #d9dde3; stroke-width: 1 }
.line { fill: none; stroke-width: 2.25; stroke-linejoin: round }
.dashed { stroke-dasharray: 6 4 }
.ours { stroke: #1d5fd0 } .ours.dot { fill: #1d5fd0 }
.peer { stroke: #c2470a } .peer.dot { fill: #c2470a }
@media (prefers-color-scheme: dark) {
  text { fill: #b9c1cc }
  .title { fill: #f0f3f6 }
  .ground { fill: #14181d }
  .grid { stroke: #343b45 }
  .ours { stroke: #74a9ff } .ours.dot { fill: #74a9ff }
  .peer { stroke: #ff9d5c } .peer.dot { fill: #ff9d5c }
}`;

function drawLegend(lines: readonly Line[]): readonly string[] {
  const step = 180;
  return lines.map((line, i) => {
    const x = margin.left + i * step;
    const swatch = `<line class="${classOf(line)}" x1="${x}" y1="50" x2="${x + 26}" y2="50"/>`;
    return swatch + text(line.label, { x: x + 33, y: 54 });
  });
}

function drawPanel({ x, y, lines }: Panel): string {
  const points = lines.flatMap((line) => line.points);
  const across = toLogScale(
    points.map(([x]) => x),
    [margin.left, panelWidth - margin.right],
  );
  const up = toLogScale(
    points.map(([, y]) => y),
    [height - margin.bottom, margin.top],
  );
  return [
    text(y, { x: margin.left, y: margin.top - 12 }),
    text(x, { x: (margin.left + panelWidth - margin.right) / 2, y: height - 12, anchor: "middle" }),
    ...drawGrid(across, up),
    ...lines.flatMap((line) => drawLine(line, across, up)),
  ].join("\n");
}

function drawGrid(across: LogScale, up: LogScale): readonly string[] {
  const [left, right] = across.range;
  const [bottom, top] = up.range;
  return [
    ...across.ticks.map((value) => {
      const x = round(across.place(value));
      const label = text(formatTick(value), { x, y: bottom + 17, anchor: "middle" });
      return `<line class="grid" x1="${x}" y1="${bottom}" x2="${x}" y2="${top}"/>${label}`;
    }),
    ...labelledTicks(up).map((value) => {
      const y = round(up.place(value));
      const label = text(formatTick(value), { x: left - 8, y: y + 4, anchor: "end" });
      return `<line class="grid" x1="${left}" y1="${y}" x2="${right}" y2="${y}"/>${label}`;
    }),
  ];
}

/** Over many decades only those have room. */
function labelledTicks({ ticks }: LogScale): readonly number[] {
  return ticks.length > 8 ? decadesOf(ticks) : ticks;
}

function drawLine(line: Line, across: LogScale, up: LogScale): readonly string[] {
  const places = line.points.map(([x, y]) => [round(across.place(x)), round(up.place(y))] as const);
  return [
    `<polyline class="${classOf(line)}" points="${places.map((place) => place.join(",")).join(" ")}"/>`,
    ...places.map(([x, y]) => `<circle class="dot ${line.colour}" cx="${x}" cy="${y}" r="3"/>`),
  ];
}

function classOf({ colour, dashed }: Line): string {
  return dashed ? `line ${colour} dashed` : `line ${colour}`;
}

interface TextOptions {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "middle" | "end";
  readonly kind?: "title";
}

function text(content: string, { x, y, anchor, kind }: TextOptions): string {
  const attributes = [
    `x="${x}" y="${y}"`,
    ...(anchor === undefined ? [] : [`text-anchor="${anchor}"`]),
    ...(kind === undefined ? [] : [`class="${kind}"`]),
  ];
  return `<text ${attributes.join(" ")}>${escapeXml(content)}</text>`;
}

function formatTick(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 1 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
