import type { MetricType, MetricView, NodeStream } from "@chancery/xds/services";
import { matchesGlob } from "../../glob.ts";
import { Family, type LabelSet, type Series } from "./family.ts";
import { FleetNode } from "./fleet-node.ts";
import { toMetricName } from "./names.ts";
import { Observations } from "./values.ts";

export interface FleetMetricsOptions {
  /** Names of metrics to keep, in which `*` stands for any characters. */
  readonly allow: readonly string[];
  /** Lines that one node may have on the page. */
  readonly maxLinesPerNode: number;
  /** How long a node is remembered after its stream has ended. */
  readonly forgetMs: number;
}

/** How a node sends counters. */
export type Counters = "cumulative" | "deltas";

/** The metrics of all nodes, as they stand. */
export class FleetMetrics {
  readonly #options: FleetMetricsOptions;
  /** By the names that nodes send; undefined for those that are not kept. */
  readonly #families = new Map<string, Family | undefined>();
  readonly #byName = new Map<string, Family>();
  readonly #nodes = new Map<string, FleetNode>();
  readonly #leftOut = { lines: 0, types: 0, names: 0 };

  constructor(options: FleetMetricsOptions) {
    this.#options = options;
  }

  get nodes(): Iterable<FleetNode> {
    return this.#nodes.values();
  }

  get families(): Iterable<Family> {
    return this.#byName.values();
  }

  /** Series that were not kept: of nodes with too many, of another type than others of their name, of too many names. */
  get leftOut(): Readonly<Record<"lines" | "types" | "names", number>> {
    return this.#leftOut;
  }

  /** A node begins to send. */
  open(node: NodeStream["node"]): FleetNode {
    const { region, zone, subZone } = node.locality;
    const key = JSON.stringify([node.id, node.cluster, region, zone, subZone]);
    const known = this.#nodes.get(key) ?? new FleetNode(node);
    this.#nodes.set(key, known);
    known.streams++;
    return known;
  }

  /** A node has ended a stream. */
  close(node: FleetNode, nowMs: number): void {
    node.streams--;
    node.endedAtMs = nowMs;
  }

  /** Forgets the nodes that ended long ago. */
  sweep(nowMs: number): void {
    for (const [key, node] of this.#nodes) {
      if (node.streams > 0 || nowMs - node.endedAtMs < this.#options.forgetMs) continue;
      for (const series of node.series.values()) series.labels.family.delete(series);
      this.#nodes.delete(key);
    }
  }

  /** Takes one metric of a node. */
  take(node: FleetNode, metric: MetricView, counters: Counters): void {
    const family = this.#familyOf(metric.name);
    if (!node.inMessage) this.#beginMessage(node, metric.timestampMs);
    if (family === undefined || !this.#accepts(family, metric.type)) return;
    const labels = family.labelSet(metric.labelsKey, () => metric.labels);
    const known = node.series.get(labels) ?? this.#add(node, labels, metric);
    if (known === undefined) return;
    known.flush = node.flush;
    update(known, metric, counters);
  }

  #familyOf(name: string): Family | undefined {
    const known = this.#families.get(name);
    if (known !== undefined || this.#families.has(name)) return known;
    const clean = toMetricName(name);
    const isWanted = this.#options.allow.some((glob) => matchesGlob(clean, glob));
    if (this.#families.size >= maxNames) {
      if (isWanted) this.#leftOut.names++;
      return undefined;
    }
    const family = isWanted ? (this.#byName.get(clean) ?? new Family(clean)) : undefined;
    if (family !== undefined) this.#byName.set(clean, family);
    this.#families.set(name, family);
    return family;
  }

  /**
   * A page has one type for each name: the first that came, but for a histogram that came as a summary too. Neither
   * format has a histogram of gauges that is worth adding up.
   */
  #accepts(family: Family, type: MetricType): boolean {
    if (type !== "gauge_histogram" && (family.type === undefined || family.type === type)) {
      family.type = type;
      return true;
    }
    if (type === "summary" && family.type === "histogram") return false;
    if (type === "histogram" && family.type === "summary") {
      for (const series of family.series) this.#remove(series);
      family.type = type;
      return true;
    }
    this.#leftOut.types++;
    return false;
  }

  #add(node: FleetNode, labels: LabelSet, metric: MetricView): Series | undefined {
    const isDistribution = metric.type === "histogram" || metric.type === "summary";
    const lines = isDistribution ? metric.distribution.bounds.length + 3 : 1;
    if (node.lines + lines > this.#options.maxLinesPerNode) {
      this.#leftOut.lines++;
      if (labels.users === 0) labels.family.forget(labels);
      return undefined;
    }
    const observations = isDistribution ? new Observations() : undefined;
    const series = { node, labels, lines, flush: node.flush, value: 0, observations };
    node.series.set(labels, series);
    node.lines += lines;
    labels.family.add(series);
    return series;
  }

  #remove(series: Series): void {
    const { node, labels, lines } = series;
    if (node.series.delete(labels)) node.lines -= lines;
    labels.family.delete(series);
  }

  /** A node has sent a message to its end; there may be more to the same flush. */
  endMessage(node: FleetNode): void {
    node.inMessage = false;
  }

  /** A node sends all it has each time, at one time: what it does not send any more is gone. */
  #beginMessage(node: FleetNode, timestampMs: number): void {
    node.inMessage = true;
    if (timestampMs === node.flushTimestampMs) return;
    node.flush++;
    node.flushTimestampMs = timestampMs;
    if (node.flush % flushesASweep !== 0) return;
    for (const series of node.series.values()) if (!node.isCurrent(series)) this.#remove(series);
  }
}

const flushesASweep = 8;
const maxNames = 50_000;

function update(series: Series, metric: MetricView, counters: Counters): void {
  const { type } = metric;
  if (type === "histogram") series.observations?.addBuckets(metric.distribution);
  else if (type === "summary") series.observations?.setQuantiles(metric.distribution);
  else if (type === "counter" && counters === "deltas") series.value += metric.value;
  else series.value = metric.value;
}
