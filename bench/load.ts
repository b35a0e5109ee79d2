import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Case } from "./case.ts";
import type { Metrics } from "./median.ts";
import type { Server } from "./server.ts";

/** For everything that one run does. */
const limitMs = 8 * 60_000;

/** Has the load generator run one case against a server. It rejects if a client did not get what it should. */
export async function runLoad(
  program: string,
  { scenario, variant, n, k }: Case,
  { server: { contender, pid, xds, http }, signal }: { readonly server: Server; readonly signal: AbortSignal },
): Promise<Metrics> {
  const flags = { xds, http, pid, variant, n, k, ...effort(n * k) };
  const given = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const args = [contender.load ?? scenario.load, ...given, ...(scenario.flags ?? [])];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], timeout: limitMs, signal });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  const { metrics, errors } = readResult(output);
  if (code === 0) return metrics;
  throw new Error(`${contender.name}, ${scenario.name} ${variant} ${n} × ${k}: ${errors || `exit code ${code}`}`);
}

/** What takes longer is done less often, so that a run of the peer too ends within the limit. */
function effort(held: number): { readonly updates?: number; readonly timeout?: string } {
  if (held < 1_000_000) return {};
  return { updates: held < 10_000_000 ? 5 : 2, timeout: "4m" };
}

function readResult(output: string): { readonly metrics: Metrics; readonly errors: string } {
  const result: unknown = output === "" ? {} : JSON.parse(output);
  if (typeof result !== "object" || result === null) return { metrics: {}, errors: "" };
  const errors = "errors" in result && Array.isArray(result.errors) ? result.errors.join("; ") : "";
  const entries = "metrics" in result ? Object.entries(result.metrics ?? {}) : [];
  return { metrics: Object.fromEntries(entries.filter(([, value]) => typeof value === "number")), errors };
}
