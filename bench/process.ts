import { readFile, writeFile } from "node:fs/promises";

/** What a process holds in memory, in MB as Linux counts it; not numbers elsewhere. */
export interface Memory {
  readonly rssMb: number;
  /** Without what files fill. */
  readonly anonMb: number;
  /** The most that was resident since `forgetPeak`. */
  readonly peakMb: number;
}

export async function readMemory(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const read = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { rssMb: read("VmRSS"), anonMb: read("RssAnon"), peakMb: read("VmHWM") };
}

/** https://docs.kernel.org/filesystems/proc.html: 5 resets the peak. */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => {});
}

/** The CPU that a process has used so far, in ms; not a number where Linux does not show it. */
export async function readCpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, user, system] = cpuOfStat.exec(stat) ?? [];
  return (Number(user) + Number(system)) * tickMs;
}

/** utime and stime, which come as the 12th and 13th after the name in brackets. */
const cpuOfStat = /\) \S(?: \S+){10} (\d+) (\d+) /;
const tickMs = 10;
