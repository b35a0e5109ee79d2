import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Metrics } from "./median.ts";
import type { Server } from "./server.ts";

/** Until what a process does after its start is done. */
const settleMs = 1000;
/** utime and stime of `/proc/PID/stat`, which come as the 12th and 13th after the name in brackets. */
const statCpu = /\) \S(?: \S+){10} (\d+) (\d+) /;
const tickMs = 10;

/** What a server took to start, and what it holds with nothing to serve. CPU and memory are read where Linux shows them. */
export async function measureStart({ pid, startMs }: Server, signal: AbortSignal): Promise<Metrics> {
  await pause(settleMs, undefined, { signal });
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  const status = await read("status");
  const [, user, system] = statCpu.exec(await read("stat")) ?? [];
  return {
    start_ms: startMs,
    ...megabytes("rss_mb", /^VmRSS:\s*(\d+) kB$/m.exec(status)),
    ...megabytes("anon_mb", /^RssAnon:\s*(\d+) kB$/m.exec(status)),
    ...(user !== undefined && { start_cpu_ms: (Number(user) + Number(system)) * tickMs }),
  };
}

function megabytes(metric: string, found: RegExpExecArray | null): Metrics {
  return found === null ? {} : { [metric]: Number(found[1]) / 1024 };
}
