import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricType,
  type MetricValueWithName,
  Registry,
} from "prom-client";
import type { Buckets, Family, Sample } from "./metrics.ts";

/** A registry that reads these families, and what there is to say of the process, when it is asked for text. */
export function toRegistry(families: readonly Family[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const family of families) register(family, registry);
  return registry;
}

function register(family: Family, registry: Registry): void {
  if (family.bounds !== undefined) registry.registerMetric(new ReadHistogram(family));
  else registerNumbers(family, registry);
}

type HistogramFamily = Extract<Family, Buckets>;
type NumberFamily = Exclude<Family, Buckets>;

function registerNumbers(family: NumberFamily, registry: Registry): void {
  const { name, help } = family;
  const labelNames = family.labels ?? (family.label === undefined ? [] : [family.label]);
  const Metric = name.endsWith("_total") ? Counter : Gauge;
  new Metric({
    ...{ name, help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      for (const [values, number] of samplesOf(family)) {
        this.inc(Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ""])), number);
      }
    },
  });
}

function* samplesOf(family: NumberFamily): Iterable<Sample> {
  if (family.labels !== undefined) return yield* family.read();
  const values = family.read();
  if (typeof values === "number") yield [[], values];
  else for (const [value, number] of values) yield [[value], number];
}

/** A histogram that is counted elsewhere. */
class ReadHistogram extends Histogram {
  readonly #family: HistogramFamily;

  constructor(family: HistogramFamily) {
    const { name, help, labels } = family;
    super({ name, help, labelNames: [...labels], buckets: [...family.bounds], registers: [] });
    this.#family = family;
  }

  override async get() {
    const { name, help, labels: names } = this.#family;
    const values: HistogramValue[] = [];
    for (const sample of this.#family.read()) {
      const labels = Object.fromEntries(names.map((label, index) => [label, sample.values[index] ?? ""]));
      let count = 0;
      for (const [index, more] of sample.counts.entries()) {
        count += more;
        const le = this.#family.bounds[index] ?? "+Inf";
        values.push({ metricName: `${name}_bucket`, labels: { le, ...labels }, value: count });
      }
      values.push({ metricName: `${name}_sum`, labels, value: sample.sum });
      values.push({ metricName: `${name}_count`, labels, value: count });
    }
    // An enum in the types of prom-client that it does not have at run time.
    const type = "histogram" as unknown as MetricType.Histogram;
    return { name, help, values, type, aggregator: "sum" as const, collect: () => {} };
  }

  /** What the registry asks when it writes text. */
  getForPromString() {
    return this.get();
  }
}

type HistogramValue = MetricValueWithName<string>;
