// Calls of a method with one request and one answer, and what they cost the process that serves it.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { z } from "zod";
import type { Metrics } from "./median.ts";
import { readCpuMs } from "./process.ts";

export interface Running {
  readonly address: string;
  readonly pid: number;
}

export interface Load {
  /** The program that calls, built from `rlsload`. */
  readonly program: string;
  readonly method: string;
  /** In wire format, as hex; its last eight bytes count up. Empty for an empty request. */
  readonly request: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** As many calls as it takes: how many, and how many a core would take. */
export async function measureCalls(name: string, { address, pid }: Running, load: Load): Promise<Metrics> {
  const before = await readCpuMs(pid);
  const { calls, per_second } = await call(address, load);
  const cpuMs = (await readCpuMs(pid)) - before;
  return {
    [`${name}_per_core`]: (calls / cpuMs) * 1e3,
    [`${name}_cpu_us`]: (cpuMs / calls) * 1e3,
    [`${name}_per_second`]: per_second,
  };
}

/** Calls as often as the server takes it, or as further options of the program say. */
export async function call(address: string, load: Load, more: readonly string[] = []) {
  const { program, method, request, seconds, signal } = load;
  const flags = ["-addr", address, "-method", method, "-request", request, "-seconds", String(seconds)];
  const { stdout } = await promisify(execFile)(program, [...flags, ...more], { signal });
  return z.record(z.enum(["calls", "per_second", "p50_us", "p99_us"]), z.number()).parse(JSON.parse(stdout));
}

/** Starts a program that ends with the stack. */
export function run(
  program: string,
  args: readonly string[],
  { opened, env = {} }: { readonly opened: AsyncDisposableStack; readonly env?: NodeJS.ProcessEnv },
) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  opened.defer(() => void child.kill("SIGKILL"));
  return child;
}

/** Starts a server from its sources; the first line that it prints is its address. */
export async function startServer(args: readonly string[], opened: AsyncDisposableStack) {
  const child = run(process.execPath, ["--conditions=chancery-source", ...args], { opened });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value: address = "" } = await Promise.race([lines.next(), failed(child)]);
  return { address, pid: child.pid ?? 0, lines };
}

/** Rejects when a program ends. */
export async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, "close");
  throw new Error(`"${child.spawnfile}" ended with exit code ${code}`);
}
