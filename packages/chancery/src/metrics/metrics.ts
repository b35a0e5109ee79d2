import { type DiscoveryStats, type Snapshots, type TypeStats, typeOf } from "@chancery/xds";
import type { Registry } from "prom-client";
import type { Configuration } from "../configuration.ts";
import { version } from "../version.ts";

/** What `/metrics` answers. */
export interface Metrics {
  readonly contentType: string;
  read(): Promise<string>;
}

/** Counts by label. */
type Counts = ReadonlyMap<string, number>;

export interface MetricsContext {
  readonly snapshots: Pick<Snapshots, "groups">;
  readonly configuration: Pick<Configuration, "problems" | "reloads">;
  readonly discovery: {
    readonly clients: Iterable<{ readonly method: string; readonly node: { readonly id: string } }>;
    readonly stats: Pick<DiscoveryStats, "types">;
  };
  /** How often a client went beyond a limit, by the limit's name. */
  readonly limitsMet: () => Counts;
  /** What the services beside xDS have to tell; none by default. */
  readonly services?: readonly Family[];
}

/** Reads all numbers where they are kept, when they are asked for. */
export function createMetrics(context: MetricsContext): Metrics {
  const { snapshots, configuration, discovery, limitsMet, services = [] } = context;
  const byType = (key: keyof TypeStats) => () => countByType(discovery.stats, key);
  const families: readonly Family[] = [
    { name: "chancery_xds_clients", help: "Nodes that have a stream open", read: () => countNodes(discovery) },
    { name: "chancery_xds_streams", help: "xDS streams open", label: "method", read: () => countStreams(discovery) },
    { name: "chancery_xds_acks_total", help: "Responses that clients took", label: "type", read: byType("acks") },
    { name: "chancery_xds_nacks_total", help: "Responses that clients refused", label: "type", read: byType("nacks") },
    { name: "chancery_xds_responses_total", help: "Responses sent", label: "type", read: byType("responses") },
    {
      name: "chancery_xds_response_bytes_total",
      help: "Bytes of the responses sent",
      label: "type",
      read: byType("responseBytes"),
    },
    {
      name: "chancery_xds_limits_total",
      help: "Times that a client went beyond a limit and was stopped or slowed down",
      label: "limit",
      read: limitsMet,
    },
    { name: "chancery_snapshots", help: "Nodes with a snapshot", read: () => [...snapshots.groups()].length },
    {
      name: "chancery_config_problems",
      help: "What is wrong in the configuration now",
      label: "severity",
      read: () => bySeverity(configuration),
    },
    {
      name: "chancery_config_reloads_total",
      help: "Times the configuration was read, and whether all of it was good",
      label: "result",
      read: () => configuration.reloads,
    },
    { name: "chancery_build_info", help: "Always 1", label: "version", read: () => new Map([[version, 1]]) },
    ...services,
  ];
  let registry: Promise<Registry> | undefined;
  return {
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    async read() {
      registry ??= load(families);
      return (await registry).metrics();
    },
  };
}

/** The library is loaded, and begins to watch the process, when somebody first asks: many servers are never asked. */
async function load(families: readonly Family[]): Promise<Registry> {
  const { toRegistry } = await import("./registry.ts");
  return toRegistry(families);
}

/** A metric that is read when it is asked for; those that only grow are named `_total`. */
export type Family = {
  readonly name: string;
  readonly help: string;
} & (
  | { readonly label?: string; readonly labels?: never; readonly bounds?: never; read(): number | Counts }
  | { readonly labels: readonly string[]; readonly bounds?: never; read(): Iterable<Sample> }
  | Buckets
);

/** A metric of how often there were values up to each bound. */
export interface Buckets {
  readonly labels: readonly string[];
  /** Upper bounds of the buckets, ascending, without infinity. */
  readonly bounds: readonly number[];
  read(): Iterable<HistogramSample>;
}

/** One series of a histogram. */
export interface HistogramSample {
  /** Values of the labels, in the order of their names. */
  readonly values: readonly string[];
  /** How many values are up to each bound and above the one before; one more count is of those above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** One series of a metric with several labels: their values in the order of the names, and the number. */
export type Sample = readonly [values: readonly string[], number: number];

/** Types that only clients name share one label: they must not be able to make new ones. */
function countByType({ types }: Pick<DiscoveryStats, "types">, key: keyof TypeStats): Counts {
  const counts = new Map<string, number>();
  for (const [type, stats] of types) increase(counts, typeOf(type.typeUrl)?.key ?? "other", stats[key]);
  return counts;
}

function countNodes({ clients }: MetricsContext["discovery"]): number {
  return new Set([...clients].map(({ node }) => node.id)).size;
}

function countStreams({ clients }: MetricsContext["discovery"]): Counts {
  const counts = new Map<string, number>();
  for (const { method } of clients) increase(counts, method, 1);
  return counts;
}

function increase(counts: Map<string, number>, label: string, by: number): void {
  counts.set(label, (counts.get(label) ?? 0) + by);
}

function bySeverity({ problems }: MetricsContext["configuration"]): Counts {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return new Map([
    ["error", errors],
    ["warning", problems.length - errors],
  ]);
}
