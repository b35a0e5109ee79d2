import type { NodeStream } from "@chancery/xds/services";
import type { LabelSet, Series } from "./family.ts";
import { toLabelText } from "./names.ts";

/** A node that sends its metrics, or did a while ago. */
export class FleetNode {
  readonly id: string;
  readonly cluster: string;
  /** Its labels, such as `node="edge-1",node_cluster="edge"`. */
  readonly text: string;
  readonly series = new Map<LabelSet, Series>();
  /** Lines that its series make. */
  lines = 0;
  /** Streams that it has open, and when the last one ended. */
  streams = 0;
  endedAtMs = 0;
  /** Counts how often it sent all its metrics. */
  flush = 0;
  /** Whether a message of its is being taken. */
  inMessage = false;
  /** The time of the last flush, by the node's own clock. */
  flushTimestampMs = -1;

  constructor({ id, cluster, locality }: NodeStream["node"]) {
    this.id = id;
    this.cluster = cluster;
    const { region, zone, subZone } = locality;
    const labels = { node: id, node_cluster: cluster, region, zone, sub_zone: subZone };
    this.text = Object.entries(labels)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => toLabelText(name, value))
      .join();
  }

  /** A series that the last flushes did not tell of is gone from the node. */
  isCurrent(series: Series): boolean {
    return this.flush - series.flush < flushesToForget;
  }
}

/** A flush that is cut short, or lost, is no reason to show a gap. */
const flushesToForget = 3;
