import type { Case } from "./case.ts";
import type { ContenderName } from "./contenders.ts";
import { type Size, scenarioNamed, type Variant } from "./scenarios.ts";

/** What was set as a goal: one figure of one case, or of a program of this folder. */
export interface Goal {
  readonly work: string;
  readonly source: Case | { readonly program: string };
  readonly metric: string;
  readonly label: string;
  /** At most this: of what the peer takes, or of the unit. */
  readonly atMost: number;
  /** Who it is compared with; nobody, if the figure stands for itself. */
  readonly against?: ContenderName;
  readonly unit?: string;
}

/** The goals, in the order of the table. */
export const goals: readonly Goal[] = [
  ...both("sync", { n: 1000, k: 1000 }, [
    { work: "first sync", metric: "sync_server_cpu_ms", label: "server CPU, ms", atMost: 1 / 6 },
  ]),
  ...fanout("sotw", { n: 1000, k: 1000 }, { cpu: 1 / 40, wall: 1 / 15 }),
  ...fanout("delta", { n: 1000, k: 1000 }, { cpu: 1 / 8, wall: 1 / 5 }),
  ...fanout("delta", { n: 1000, k: 10_000 }, { cpu: 1 / 100, wall: 1 / 50 }),
  ...both("small", { n: 1000, k: 1 }, plainUpdate("2 KB to all streams")),
  ...both("distinct", { n: 1000, k: 1 }, plainUpdate("2 KB to each stream, its own")),
  ...both("ack", { n: 100, k: 1000 }, [
    { work: "ACK, 2,000 resources", metric: "ack_server_cpu_us", label: "server CPU, µs", atMost: 1 / 50 },
  ]),
  ...both("ack-node", { n: 100, k: 1000 }, [
    { work: "ACK with a node of 61 KB", metric: "ack_server_cpu_us", label: "server CPU, µs", atMost: 1 / 10 },
  ]),
  ...both("memory", { n: 1000, k: 500 }, [
    { work: "1,000 resources known", metric: "rss_mb", label: "resident memory, MB", atMost: 1 / 5 },
  ]),
  ...both("memory", { n: 1000, k: 5000 }, [
    { work: "10,000 resources known", metric: "rss_mb", label: "resident memory, MB", atMost: 1 / 20 },
  ]),
  ...both("nodes", { n: 1000, k: 50 }, [
    { work: "1,000 nodes × 100 resources", metric: "rss_mb", label: "resident memory, MB", atMost: 1 / 4 },
    { work: "1,000 nodes × 100 resources", metric: "total_server_cpu_ms", label: "server CPU, ms", atMost: 1 / 2 },
  ]),
  ...both("churn", { n: 20, k: 100 }, [
    { work: "connect, sync, leave", metric: "sync_server_cpu_ms", label: "server CPU, ms", atMost: 1 / 2 },
  ]),
  ...one("big", "delta", { n: 1, k: 10_000 }, [
    { work: "PUT of 2 × 10,000, all new", metric: "upload_ms", label: "time, ms", atMost: 1 / 3 },
    { work: "PUT of 2 × 10,000, one changed", metric: "put_p50_ms", label: "time, ms", atMost: 1 / 3 },
    longestWait("PUT of 2 × 10,000, all new", "upload_probe_max_ms"),
    longestWait("PUT of 2 × 10,000, one changed", "probe_max_ms"),
  ]),
  ...(["change", "served"] as const).map((metric) => ({
    work: "one of many changed by a transaction",
    source: { program: "transaction.ts" },
    metric: `${metric}_growth`,
    label: `${metric === "change" ? "CPU" : "CPU with a stream"}, 100,000 to 1,000 resources`,
    atMost: 2,
    unit: "×",
  })),
  ...both("bulk", { n: 1000, k: 1 }, [
    {
      work: "2 MB to all streams",
      metric: "server_cpu_ms_per_gb",
      label: "server CPU a GB, ms",
      atMost: 1.5,
      against: "node:net",
    },
  ]),
  ...(["plain", "tls"] as const).map((security) => ({
    work: "100 bytes while 2 MB go to 1,000 others",
    source: { program: "pacing.ts" },
    metric: `${security}_fanout_max_ms`,
    label: security === "tls" ? "longest wait, TLS" : "longest wait",
    atMost: 50,
    unit: "ms",
  })),
  ...one("start", "sotw", { n: 1, k: 1 }, [
    { work: "start, nothing to serve", metric: "start_ms", label: "until serving", atMost: 300, unit: "ms" },
  ]),
];

/** What a goal is about, as one asks for it on the command line: a scenario, or a program without its ending. */
export function subjectOf({ source }: Goal): string {
  return "scenario" in source ? source.scenario.name : source.program.replace(/\.ts$/, "");
}

type Aim = Omit<Goal, "source">;

function one(name: string, variant: Variant, size: Size, aims: readonly Aim[]): readonly Goal[] {
  const scenario = scenarioNamed(name);
  const known = scenario.sizes.find(({ n, k }) => n === size.n && k === size.k);
  if (known === undefined) throw new TypeError(`The scenario "${name}" has no size of ${size.n} × ${size.k}`);
  const source = { scenario, variant, ...known };
  return aims.map((aim) => ({
    ...(aim.unit === undefined && { against: "go-control-plane" as const }),
    ...aim,
    source,
  }));
}

function both(name: string, size: Size, aims: readonly Aim[]): readonly Goal[] {
  return aims.flatMap((aim) => [...one(name, "sotw", size, [aim]), ...one(name, "delta", size, [aim])]);
}

function fanout(variant: Variant, size: Size, { cpu, wall }: { readonly cpu: number; readonly wall: number }) {
  const work = `one endpoint of ${size.k.toLocaleString("en")} changed`;
  return one("fanout", variant, size, [
    { work, metric: "update_server_cpu_ms", label: "server CPU, ms", atMost: cpu },
    { work, metric: "last_p50_ms", label: "PUT → last stream, ms", atMost: wall },
  ]);
}

function plainUpdate(work: string): readonly Aim[] {
  return [
    { work, metric: "update_server_cpu_ms", label: "server CPU, ms", atMost: 3 / 4 },
    { work, metric: "last_p50_ms", label: "PUT → last stream, ms", atMost: 1 },
  ];
}

function longestWait(work: string, metric: string): Aim {
  return { work, metric, label: "longest wait of another stream", atMost: 50, unit: "ms" };
}
