import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Case } from "./case.ts";
import type { ContenderName } from "./contenders.ts";
import { imagesDir } from "./paths.ts";
import { drawPlot, type Line, type Panel, type Plot, type Point } from "./plot.ts";
import type { Outcome } from "./report.ts";
import { type Size, scenarioNamed, variants } from "./scenarios.ts";

const counts = [10, 30, 100, 300, 1000, 3000];
/** How many the others are while one count grows. */
const fixed: Size = { n: 100, k: 100 };

/** One run gives all figures: what a sync and an update take, and the memory, for which each wants a new server. */
const scenario = { ...scenarioNamed("fanout"), isolated: true, flags: ["-updates", "6"] };

export const curveCases: readonly Case[] = [
  ...counts.map((n) => ({ n, k: fixed.k })),
  ...counts.filter((k) => k !== fixed.k).map((k) => ({ n: fixed.n, k })),
].flatMap((size) => variants.map((variant) => ({ scenario, variant, ...size })));

interface Curve {
  readonly file: string;
  readonly title: string;
  readonly metric: string;
  readonly y: string;
}

const curves: readonly Curve[] = [
  { file: "update-cpu.svg", title: "One endpoint changes", metric: "update_server_cpu_ms", y: "server CPU, ms" },
  { file: "update-time.svg", title: "One endpoint changes", metric: "last_p50_ms", y: "PUT → last stream, ms" },
  { file: "sync-cpu.svg", title: "All streams start at once", metric: "sync_server_cpu_ms", y: "server CPU, ms" },
  { file: "memory.svg", title: "Synced streams are held", metric: "rss_mb", y: "resident memory, MB" },
];

/** Draws what was measured into `docs/img`, and gives the names of the files. */
export async function drawCurves(outcomes: readonly Outcome[]): Promise<readonly string[]> {
  await mkdir(imagesDir, { recursive: true });
  for (const curve of curves) await writeFile(join(imagesDir, curve.file), drawPlot(toPlot(curve, outcomes)));
  return curves.map(({ file }) => `docs/img/${file}`);
}

/** How one figure grows with the streams, and with the resources. */
export function toPlot({ title, metric, y }: Omit<Curve, "file">, outcomes: readonly Outcome[]): Plot {
  const panel = (grows: keyof Size & ("n" | "k"), x: string): Panel => {
    const stands = grows === "n" ? "k" : "n";
    const shown = outcomes.filter(({ case: of }) => of[stands] === fixed[stands]);
    return { x, y, lines: toLines(shown, metric, ({ case: of }) => of[grows]) };
  };
  return {
    title,
    panels: [
      panel("n", `streams, with ${fixed.k} clusters and ${fixed.k} assignments`),
      panel("k", `clusters, and as many assignments, with ${fixed.n} streams`),
    ],
  };
}

const contenders: readonly { readonly name: ContenderName; readonly label: string; readonly colour: Line["colour"] }[] =
  [
    { name: "chancery", label: "Chancery", colour: "ours" },
    { name: "go-control-plane", label: "go-control-plane", colour: "peer" },
  ];

const spelling = { sotw: "SotW", delta: "delta" } as const;

function toLines(outcomes: readonly Outcome[], metric: string, toX: (outcome: Outcome) => number): readonly Line[] {
  return contenders.flatMap(({ name, label, colour }) =>
    variants.map((variant): Line => {
      const points = outcomes.flatMap((outcome): Point[] => {
        const y = outcome.metrics[name]?.[metric];
        return outcome.case.variant === variant && y !== undefined ? [[toX(outcome), y]] : [];
      });
      const inOrder = points.toSorted(([a], [b]) => a - b);
      return { label: `${label}, ${spelling[variant]}`, colour, dashed: variant === "delta", points: inOrder };
    }),
  );
}
