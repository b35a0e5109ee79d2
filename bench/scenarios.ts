export type Variant = "sotw" | "delta";
export const variants: readonly Variant[] = ["sotw", "delta"];

/** How many streams, and how many resources of each type. */
export interface Size {
  readonly n: number;
  readonly k: number;
}

/** A figure of the load generator that is worth a row. */
export interface Figure {
  readonly metric: string;
  readonly label: string;
  readonly unit: "ms" | "MB" | "KB";
}

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** What the load generator does: its first argument, and its flags beside the size and the variant. */
  readonly load: "sync" | "fanout" | "churn" | "idle";
  readonly flags?: readonly string[];
  readonly sizes: readonly Size[];
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
    sizes: grid,
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
    name: "memory",
    what: "N synced streams are held",
    load: "idle",
    flags: ["-duration", "2s"],
    sizes: [
      { n: 2000, k: 100 },
      { n: 1000, k: 1000 },
    ],
    isolated: true,
    figures: [
      { metric: "rss_mb", label: "resident memory", unit: "MB" },
      { metric: "kb_per_stream", label: "of that, a stream", unit: "KB" },
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
      { metric: "put_p50_ms", label: "PUT", unit: "ms" },
      { metric: "sync_max_ms", label: "first sync", unit: "ms" },
      ...updateFigures,
      { metric: "probe_max_ms", label: "longest wait of the other stream", unit: "ms" },
    ],
  },
  {
    name: "nodes",
    what: "N node ids with 2 × K resources each, of which 90 % are the same for all, and a stream each",
    load: "sync",
    flags: ["-nodes", "0", "-shared", "90"],
    sizes: [{ n: 1000, k: 50 }],
    isolated: true,
    figures: [
      { metric: "upload_server_cpu_ms", label: "server CPU of all PUTs", unit: "ms" },
      { metric: "rss_mb", label: "resident memory", unit: "MB" },
      { metric: "sync_server_cpu_ms", label: "server CPU of the sync", unit: "ms" },
    ],
  },
];
