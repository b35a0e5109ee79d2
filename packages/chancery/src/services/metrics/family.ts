import type { Label, MetricType } from "@chancery/xds/services";
import type { FleetNode } from "./fleet-node.ts";
import { toLabelName, toLabelText } from "./names.ts";
import type { Observations } from "./values.ts";

/** All series of one name, of all nodes. */
export class Family {
  readonly name: string;
  /** As the first node said that has some; undefined while there are none. */
  type: MetricType | undefined;
  readonly series = new Set<Series>();
  /** By the bytes that came; several may mean the same labels. */
  readonly #byKey = new Map<string, LabelSet>();
  readonly #byText = new Map<string, LabelSet>();

  constructor(name: string) {
    this.name = name;
  }

  /** The labels that a key stands for, made by `read` when they are new: those of all nodes that have them are one object. */
  labelSet(key: string, read: () => readonly Label[]): LabelSet {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const labels = read();
    const text = toText(labels);
    const set = this.#byText.get(text) ?? { text, family: this, keys: [], users: 0 };
    this.#byText.set(text, set);
    if (set.keys.length < maxKeys) {
      this.#byKey.set(key, set);
      set.keys.push(key);
    }
    return set;
  }

  add(series: Series): void {
    this.series.add(series);
    series.labels.users++;
  }

  delete(series: Series): void {
    if (!this.series.delete(series)) return;
    if (this.series.size === 0) this.type = undefined;
    if (--series.labels.users === 0) this.forget(series.labels);
  }

  /** Labels that no series has. */
  forget(labels: LabelSet): void {
    this.#byText.delete(labels.text);
    for (const key of labels.keys) this.#byKey.delete(key);
  }
}

/** The labels of a series, without those of its node. */
export interface LabelSet {
  /** Such as `a="1",b="2"`. */
  readonly text: string;
  readonly family: Family;
  readonly keys: string[];
  /** Series that have these labels. */
  users: number;
}

/** One line, or the lines of one histogram or summary. */
export interface Series {
  readonly node: FleetNode;
  readonly labels: LabelSet;
  /** How many lines it makes. */
  readonly lines: number;
  /** The flush of the node that told of it last. */
  flush: number;
  /** Of a counter, a gauge or an untyped metric. */
  value: number;
  readonly observations: Observations | undefined;
}

/** The same labels may be written in different orders; a client that tries them all must not fill the memory. */
const maxKeys = 4;

function toText(labels: readonly Label[]): string {
  const values = new Map<string, string>();
  for (const { name, value } of labels) {
    const clean = toLabelName(name);
    // What says which node it is cannot be said by the node.
    const label = nodeLabels.has(clean) || clean === "le" || clean === "quantile" ? `exported_${clean}` : clean;
    if (!values.has(label)) values.set(label, value);
  }
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => toLabelText(name, value))
    .join();
}

/** The labels that every series has of its node, unless they are empty. */
export const nodeLabels: ReadonlySet<string> = new Set(["node", "node_cluster", "region", "zone", "sub_zone"]);
