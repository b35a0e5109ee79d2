import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Metrics } from "./median.ts";
import type { Server } from "./server.ts";

/** Until what a process does after its start is done. */
const settleMs = 1000;

/** What a server took to start, and what it holds with nothing to serve. Memory is read where Linux shows it. */
export async function measureStart({ pid, startMs }: Server, signal: AbortSignal): Promise<Metrics> {
  await pause(settleMs, undefined, { signal });
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
  return { start_ms: startMs, ...(kilobytes !== undefined && { rss_mb: Number(kilobytes) / 1024 }) };
}
