import type { Server } from "../server.ts";

/** What the server says of itself. */
export interface Counts {
  readonly taken: number;
  readonly dropped: number;
  readonly cpuSeconds: number;
}

export async function readCounts({ http }: Pick<Server, "http">): Promise<Counts> {
  const text = await (await fetch(`http://${http}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${RegExp.escape(name)} (\\S+)$`, "m").exec(text)?.[1]);
  return {
    taken: read('chancery_access_entries_total{result="taken"}'),
    dropped: read('chancery_access_entries_total{result="dropped"}'),
    cpuSeconds: read("process_cpu_seconds_total"),
  };
}
