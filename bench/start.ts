import { setTimeout as pause } from "node:timers/promises";
import type { Metrics } from "./median.ts";
import { readCpuMs, readMemory } from "./process.ts";
import type { Server } from "./server.ts";

/** Until what a process does after its start is done. */
const settleMs = 1000;

/** What a server took to start, and what it holds with nothing to serve. CPU and memory are there where Linux shows them. */
export async function measureStart({ pid, startMs }: Server, signal: AbortSignal): Promise<Metrics> {
  await pause(settleMs, undefined, { signal });
  const { rssMb, anonMb } = await readMemory(pid);
  const metrics = { start_ms: startMs, rss_mb: rssMb, anon_mb: anonMb, start_cpu_ms: await readCpuMs(pid) };
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => !Number.isNaN(value)));
}
