import { percentile } from "../percentile.ts";
import { forgetPeak, readMemory } from "../process.ts";
import type { OverloadCase } from "./cases.ts";
import { whileLoadCoreIsBusy } from "./cores.ts";
import { generate } from "./generators.ts";
import { measureLatencies } from "./latency.ts";
import { readSamples, startLoadedServer } from "./server.ts";

export interface MeasureOptions {
  /** How long the service is flooded. */
  readonly seconds: number;
  /** How much of what it can take it is offered. */
  readonly times: number;
  /** The program that makes calls. */
  readonly flood: string;
  readonly signal: AbortSignal;
}

/**
 * What became of a flood, in messages or calls a second, and of xDS meanwhile, in milliseconds. `busy` is when the server
 * has nothing to do, but the core of the load is as busy as in a flood: then the threads of V8 that collect garbage, and
 * the client of xDS, find one core in place of two, whatever the server does.
 */
export type Outcome = Readonly<Record<(typeof figures)[number], number>>;

/** In the order of the table. */
export const figures = [
  ...(["capacity", "offered", "taken", "refused", "dropped", "held back", "cores"] as const),
  ...(["p50 quiet", "p50 flooded", "p50 ×", "p99 quiet", "p99 busy", "p99 flooded", "p99 ×", "× busy"] as const),
  ...(["MB before", "MB at most"] as const),
] as const;

/** Finds what a service of a new server can take, then offers it more, while an xDS client waits for changes. */
export async function measureOverload(of: OverloadCase, options: MeasureOptions): Promise<Outcome> {
  const { seconds, times, flood, signal } = options;
  await using server = await startLoadedServer(of, signal);
  const perMessage = of.kind === "stream" ? of.perMessage : 1;
  const run = async (effort: { readonly seconds: number; readonly perSecond?: number }) => {
    const before = await readCounts();
    const sent = await generate(of, { address: server.xds, signal, ...effort }, flood);
    const after = await readCounts();
    const [taken, dropped] = [after.taken - before.taken, after.dropped - before.dropped];
    if (sent.counted !== taken + dropped) {
      throw new Error(`${of.name}: ${sent.counted} were sent, but ${taken} are taken and ${dropped} counted as lost`);
    }
    return { ...sent, taken: taken / perMessage, dropped: of.kind === "calls" ? 0 : dropped / perMessage };
  };
  const readCounts = async () => {
    const samples = await readSamples(server);
    const read = (name: string) => samples.get(name) ?? Number.NaN;
    return { taken: read(of.taken), dropped: read(of.dropped), cpuSeconds: read("process_cpu_seconds_total") };
  };
  const quietSeconds = Math.max(2, seconds / 4);
  const rampSeconds = Math.min(10, Math.max(2, seconds / 6));
  // What is done for the first time takes longer.
  await measureLatencies(server, { seconds: 2 });
  await run({ seconds: 2 });
  const capacity = (await run({ seconds: rampSeconds })).taken / rampSeconds;

  const quiet = [...(await measureLatencies(server, { seconds: quietSeconds }))];
  await forgetPeak(server.pid);
  const memory = await readMemory(server.pid);
  const { cpuSeconds } = await readCounts();
  const busy = await whileLoadCoreIsBusy(quietSeconds + 1, signal, () =>
    measureLatencies(server, { seconds: quietSeconds }),
  );
  const floodSeconds = seconds + 1;
  const running = run({ seconds: floodSeconds, perSecond: times * capacity });
  const flooded = await measureLatencies(server, { seconds });
  const cores = ((await readCounts()).cpuSeconds - cpuSeconds) / seconds;
  const sent = await running;
  const { peakMb } = await readMemory(server.pid);
  quiet.push(...(await measureLatencies(server, { seconds: quietSeconds })));

  const compare = (part: number) => ({
    quiet: percentile(quiet, part),
    busy: percentile(busy, part),
    flooded: percentile(flooded, part),
  });
  const [p50, p99] = [compare(0.5), compare(0.99)];
  return {
    ...{ capacity, cores },
    offered: (sent.sent + sent.heldBack) / floodSeconds,
    taken: sent.taken / floodSeconds,
    refused: sent.refused / floodSeconds,
    dropped: sent.dropped / floodSeconds,
    "held back": sent.heldBack / floodSeconds,
    ...{ "p50 quiet": p50.quiet, "p50 flooded": p50.flooded, "p50 ×": p50.flooded / p50.quiet },
    ...{ "p99 quiet": p99.quiet, "p99 busy": p99.busy, "p99 flooded": p99.flooded },
    ...{ "p99 ×": p99.flooded / p99.quiet, "× busy": p99.flooded / p99.busy },
    ...{ "MB before": memory.rssMb, "MB at most": peakMb },
  };
}
