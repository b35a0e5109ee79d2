import type { ContenderName } from "./contenders.ts";

export type Variant = "sotw" | "delta";
export const variants: readonly Variant[] = ["sotw", "delta"];

/** How many streams, and how many resources of each type. */
export interface Size {
  readonly n: number;
  readonly k: number;
  /** The most rounds that it is worth, where one takes long. */
  readonly rounds?: number;
}

/** A figure of the load generator that is worth a row. */
export interface Figure {
  readonly metric: string;
  readonly label: string;
  readonly unit: "ms" | "µs" | "MB" | "KB";
  /** What ours is compared with; go-control-plane if left out. */
  readonly against?: ContenderName;
}

export type Load = "sync" | "fanout" | "churn" | "idle" | "ack" | "raw" | "start";

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** What the load generator does: its first argument, and its flags beside the size and the variant. */
  readonly load: Load;
  readonly flags?: readonly string[];
  readonly sizes: readonly Size[];
  /** Who takes part besides us; go-control-plane if left out. */
  readonly peers?: readonly ContenderName[];
  /** The variants in which it differs; both if left out. */
  readonly variants?: readonly Variant[];
  /** The sizes of a quick pass; the first of `sizes` if left out. */
  readonly quick?: readonly Size[];
  /** True if each run wants new servers: a managed heap keeps what earlier runs made it grow to. */
  readonly isolated?: boolean;
  readonly figures: readonly Figure[];
}

const grid: readonly Size[] = [100, 1000].flatMap((n) => [100, 1000].map((k) => ({ n, k })));

const updateFigures: readonly Figure[] = [
  { metric: "update_server_cpu_ms", label: "server CPU an update", unit: "ms" },
  { metric: "last_p50_ms", label: "PUT → last stream", unit: "ms" },
];

const ackFigures: readonly Figure[] = [{ metric: "ack_server_cpu_us", label: "server CPU an ACK", unit: "µs" }];

export const scenarios: readonly Scenario[] = [
  {
    name: "sync",
    what: "N streams start at once and get K clusters and K assignments",
    load: "sync",
    sizes: grid,
    figures: [
      { metric: "sync_server_cpu_ms", label: "server CPU", unit: "ms" },
      { metric: "sync_max_ms", label: "last stream synced", unit: "ms" },
    ],
  },
  {
    name: "fanout",
    what: "One assignment of K changes, for N streams of one node id",
    load: "fanout",
    sizes: [...grid, { n: 1000, k: 10_000, rounds: 1 }],
    figures: updateFigures,
  },
  {
    name: "small",
    what: "The only route configuration (2 KB) changes, for N streams of one node id",
    load: "fanout",
    flags: ["-kind", "routes", "-per", "56"],
    sizes: [{ n: 1000, k: 1 }],
    figures: updateFigures,
  },
  {
    name: "distinct",
    what: "N streams, each with a node id of its own, which all get a PUT with a changed 2 KB route configuration",
    load: "fanout",
    flags: ["-kind", "routes", "-per", "56", "-nodes", "0", "-updates", "5"],
    sizes: [{ n: 1000, k: 1 }],
    figures: updateFigures,
  },
  {
    name: "bulk",
    what: "The only route configuration (2 MB) changes, for N streams; also against bare sockets that write as much",
    load: "fanout",
    flags: ["-kind", "routes", "-per", "1", "-pad", "2000000", "-updates", "10"],
    sizes: [{ n: 1000, k: 1 }],
    quick: [{ n: 100, k: 1 }],
    peers: ["go-control-plane", "node:net"],
    figures: [
      { metric: "server_cpu_ms_per_gb", label: "server CPU a GB", unit: "ms" },
      { metric: "server_cpu_ms_per_gb", label: "the same, peer: node:net", unit: "ms", against: "node:net" },
      ...updateFigures,
    ],
  },
  {
    name: "ack",
    what: "N synced streams repeat the ACKs of K clusters and K assignments",
    load: "ack",
    // Of a thousand for each stream the first do not count for much, in which our server compiles what it does often.
    flags: ["-acks", "1000"],
    sizes: [{ n: 100, k: 1000 }],
    figures: ackFigures,
  },
  {
    name: "ack-node",
    what: "The same with a node of 61 KB in every request, as Envoy sends it",
    load: "ack",
    flags: ["-acks", "40", "-node-kb", "61"],
    sizes: [{ n: 100, k: 1000 }],
    figures: ackFigures,
  },
  {
    name: "memory",
    what: "N synced streams are held",
    load: "idle",
    // What the sync leaves behind is given back within seconds, by V8 as by Go.
    flags: ["-duration", "5s"],
    sizes: [
      { n: 2000, k: 100 },
      { n: 1000, k: 500 },
      { n: 1000, k: 5000, rounds: 1 },
    ],
    isolated: true,
    figures: [
      { metric: "rss_mb", label: "resident memory", unit: "MB" },
      { metric: "anon_mb", label: "of that, no file's", unit: "MB" },
    ],
  },
  {
    name: "churn",
    what: "Clients connect, sync K clusters and K assignments, and leave, N at a time",
    load: "churn",
    flags: ["-duration", "5s"],
    sizes: [{ n: 20, k: 100 }],
    figures: [
      { metric: "sync_server_cpu_ms", label: "server CPU a client", unit: "ms" },
      { metric: "churn_p50_ms", label: "a client's life", unit: "ms" },
    ],
  },
  {
    name: "big",
    what: "One stream with K clusters and K assignments, of which one changes; a stream of another node meanwhile",
    load: "fanout",
    flags: ["-updates", "10", "-probe"],
    sizes: [{ n: 1, k: 10_000 }],
    figures: [
      { metric: "upload_ms", label: "first PUT", unit: "ms" },
      { metric: "upload_probe_max_ms", label: "longest wait of the other stream meanwhile", unit: "ms" },
      { metric: "put_p50_ms", label: "PUT", unit: "ms" },
      { metric: "sync_max_ms", label: "first sync", unit: "ms" },
      ...updateFigures,
      { metric: "probe_max_ms", label: "longest wait of the other stream in updates", unit: "ms" },
    ],
  },
  {
    name: "nodes",
    what: "N node ids with 2 × K resources each, of which 90 % are the same for all, and a stream each",
    load: "sync",
    flags: ["-nodes", "0", "-shared", "90", "-settle", "5s"],
    sizes: [{ n: 1000, k: 50 }],
    isolated: true,
    figures: [
      { metric: "rss_mb", label: "resident memory", unit: "MB" },
      { metric: "anon_mb", label: "of that, no file's", unit: "MB" },
      { metric: "total_server_cpu_ms", label: "server CPU", unit: "ms" },
      { metric: "upload_server_cpu_ms", label: "of that, all PUTs", unit: "ms" },
      { metric: "sync_server_cpu_ms", label: "of that, the sync", unit: "ms" },
    ],
  },
  {
    name: "start",
    what: "The server starts, and has nothing to serve",
    load: "start",
    sizes: [{ n: 1, k: 1 }],
    variants: ["sotw"],
    isolated: true,
    figures: [
      { metric: "start_ms", label: "start to serving", unit: "ms" },
      { metric: "start_cpu_ms", label: "CPU of the start", unit: "ms" },
      { metric: "rss_mb", label: "resident memory", unit: "MB" },
      { metric: "anon_mb", label: "of that, no file's", unit: "MB" },
    ],
  },
];

export function scenarioNamed(name: string): Scenario {
  const scenario = scenarios.find((known) => known.name === name);
  if (scenario === undefined) throw new TypeError(`There is no scenario "${name}"`);
  return scenario;
}
