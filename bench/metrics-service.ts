// CPU that the metrics service takes for a fleet: `node --conditions=chancery-source bench/metrics-service.ts`.
// 200 nodes send 5,000 metrics each every 5 seconds, from a process of their own.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type ControlPlane, startControlPlane } from "../packages/chancery/src/control-plane.ts";
import { printAims } from "./goal-lines.ts";
import type { FleetLoad, PageRequest } from "./metrics-fleet.ts";
import { benchDir } from "./paths.ts";
import { printMetrics } from "./program.ts";

const load = { nodes: 200, metrics: 5_000, intervalMs: 5_000 };
const warmUpMs = 10_000;
const measureMs = 20_000;

const all = await measure(["*"]);
const usual = await measure(undefined);
const figures = {
  all_kept_cpu_share: all.cpuShare,
  all_kept_lost_share: all.lostShare,
  all_kept_memory_mb: all.memoryMb,
  all_kept_page_mb: all.pageMb,
  all_kept_page_cpu_seconds: all.pageSeconds,
  default_list_cpu_share: usual.cpuShare,
  default_list_lost_share: usual.lostShare,
  default_list_memory_mb: usual.memoryMb,
  default_list_page_mb: usual.pageMb,
  default_list_page_cpu_seconds: usual.pageSeconds,
};
printMetrics(figures);
printAims(figures, [
  { figure: "all_kept_cpu_share", atMost: 1 },
  { figure: "default_list_cpu_share", atMost: 1 },
]);

/**
 * The part of a core that it takes to keep all, or some, of what the fleet sends: CPU time of a message times messages a
 * second, so that it is right also on a machine that has no time for all of them.
 */
async function measure(allow: readonly string[] | undefined) {
  const free = { host: "127.0.0.1", port: 0 };
  const fleetMetrics = { maxLinesPerNode: 1_000_000, ...(allow && { allow }) };
  const controlPlane = await startControlPlane({ xds: free, http: free, fleetMetrics });
  const fleet = fork(join(benchDir, "metrics-fleet.ts"), { execArgv: ["--conditions=chancery-source"] });
  try {
    fleet.send({ ...load, ...controlPlane.xds } satisfies FleetLoad);
    await once(fleet, "message");
    await setTimeout(warmUpMs);
    const before = await messages(controlPlane);
    const cpu = await cpuSeconds(() => setTimeout(measureMs));
    const after = await messages(controlPlane);
    const taken = after.taken - before.taken;
    const lost = after.lost - before.lost;
    const memoryMb = process.memoryUsage().rss / 1e6;
    let pageMb = 0;
    const pageSeconds = await cpuSeconds(async () => {
      fleet.send({ url: `http://127.0.0.1:${controlPlane.http.port}/metrics/fleet` } satisfies PageRequest);
      const [bytes] = await once(fleet, "message");
      pageMb = bytes / 1e6;
    });
    const cpuShare = (cpu / taken) * (load.nodes / (load.intervalMs / 1_000));
    return { cpuShare, lostShare: lost / (taken + lost), memoryMb, pageMb, pageSeconds };
  } finally {
    await end(fleet);
    await controlPlane.close();
  }
}

async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function messages({ http }: ControlPlane): Promise<{ readonly taken: number; readonly lost: number }> {
  const text = await (await fetch(`http://127.0.0.1:${http.port}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^chancery_fleet_metrics_${name} (\\d+)$`, "m").exec(text)?.[1]);
  return { taken: read("messages_total"), lost: read("lost_messages_total") };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill();
  await exit;
}
