import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Metrics } from "./median.ts";
import { formatNumber } from "./number.ts";
import { benchDir } from "./paths.ts";
import { toTable } from "./table.ts";

const limitMs = 5 * 60_000;

/** Prints what a program of this folder measured: a table for people, or JSON with `--json`. */
export function printMetrics(metrics: Metrics): void {
  if (process.argv.includes("--json")) console.log(JSON.stringify(metrics));
  else
    console.log(
      toTable(
        Object.entries(metrics).map(([name, value]) => [name, formatNumber(value)]),
        1,
      ),
    );
}

/** Runs a program of this folder that ends with `printMetrics`. */
export async function runProgram(file: string, signal: AbortSignal): Promise<Metrics> {
  const args = ["--conditions=chancery-source", join(benchDir, file), "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], timeout: limitMs, signal });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (code !== 0) throw new Error(`bench/${file} ended with exit code ${code}`);
  const metrics: unknown = JSON.parse(output);
  const entries = typeof metrics === "object" && metrics !== null ? Object.entries(metrics) : [];
  return Object.fromEntries(entries.filter(([, value]) => typeof value === "number"));
}
