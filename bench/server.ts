import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Contender } from "./contenders.ts";

/** A control plane that runs, until it is disposed of. */
export interface Server extends AsyncDisposable {
  readonly contender: Contender;
  readonly pid: number;
  readonly xds: string;
  readonly http: string;
  /** From the start of the process until it said where it listens. */
  readonly startMs: number;
}

const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;

/** Starts a control plane and waits for the line in which it names its addresses. */
export async function startServer(contender: Contender, signal: AbortSignal): Promise<Server> {
  const { name, command, args } = contender;
  const started = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const ended = closed.then(([code]) => {
    throw new Error(`Cannot start ${name}: it ended with exit code ${code}`);
  });
  try {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(startTimeoutMs)]);
    const addresses = await Promise.race([readAddresses(child.stdout, limits), ended]);
    const startMs = performance.now() - started;
    const { pid } = child;
    if (pid === undefined) throw new Error(`Cannot start ${name}: it has no process id`);
    ended.catch(() => {}); // the load generator will say so
    return { contender, pid, ...addresses, startMs, [Symbol.asyncDispose]: () => stop(child, closed) };
  } catch (error) {
    ended.catch(() => {});
    await stop(child, closed);
    throw error;
  }
}

/** Reads lines until one has the addresses; the rest is read too, so that the server is never held up, and dropped. */
async function readAddresses(output: Readable, signal: AbortSignal): Promise<{ xds: string; http: string }> {
  const lines = createInterface({ input: output });
  const { promise, resolve, reject } = Promise.withResolvers<{ xds: string; http: string }>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  lines.on("line", (line) => {
    const addresses = toAddresses(line);
    if (addresses === undefined) return;
    lines.close();
    output.resume();
    resolve(addresses);
  });
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

function toAddresses(line: string): { xds: string; http: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  const fields: unknown = JSON.parse(line);
  if (typeof fields !== "object" || fields === null || !("xds" in fields) || !("http" in fields)) return undefined;
  const { xds, http } = fields;
  return typeof xds === "string" && typeof http === "string" ? { xds, http } : undefined;
}

async function stop(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  child.kill("SIGTERM");
  const last = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await closed.catch(() => {});
  clearTimeout(last);
}
