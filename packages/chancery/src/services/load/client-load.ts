import type { ClusterLoad, Load, LocalityLoad, NodeStream } from "@chancery/xds/services";
import { placeKey } from "./place-key.ts";
import { perSecond, Tally } from "./tally.ts";

/** What one client has told, from its first report to the end of its stream. */
export class ClientLoad {
  readonly node: NodeStream["node"];
  /** The number of its last report: what that did not tell of had no traffic. */
  report = 0;
  reportedAtMs = 0;
  /** By name and name of service. */
  readonly clusters = new Map<string, ClientCluster>();
  readonly #maxSeries: number;
  #series = 0;
  #countsIssued = false;

  constructor(node: NodeStream["node"], maxSeries: number) {
    this.node = node;
    this.#maxSeries = maxSeries;
  }

  /** A report has come; makes room for it by forgetting what the one before did not tell of. */
  beginReport(clusters: Iterable<ClusterLoad>, nowMs: number): void {
    this.report++;
    this.reportedAtMs = nowMs;
    if (this.#series >= this.#maxSeries) this.#forgetAllBefore(this.report - 1);
    if (this.#countsIssued) return;
    for (const { localities } of clusters) this.#countsIssued ||= localities.some(({ issued }) => issued > 0n);
  }

  /**
   * What a report tells of a cluster, with requests that began in every place: old clients count only those that ended.
   * One request may begin in one report and end in the next, so it is the client that counts them or does not.
   */
  countIssued(cluster: ClusterLoad): ClusterLoad {
    if (this.#countsIssued) return cluster;
    const localities = cluster.localities.map((locality) => ({
      ...locality,
      issued: endedOf(locality),
      endpoints: locality.endpoints.map((endpoint) => ({ ...endpoint, issued: endedOf(endpoint) })),
    }));
    return { ...cluster, localities };
  }

  /** Adds a cluster of the report; returns how many of its places were left out because the client has too many. */
  add({ load, intervalMs }: Timed): number {
    const key = `${load.cluster.length} ${load.cluster}${load.serviceName}`;
    const cluster = this.#place(this.clusters, key, () => new ClientCluster(load));
    if (cluster === undefined) return 1;
    cluster.drop(load, intervalMs, this.report);
    let leftOut = 0;
    for (const locality of load.localities) {
      const key = placeKey(locality.locality, locality.priority);
      const place = this.#place(cluster.localities, key, () => new ClientLocality(locality));
      if (place === undefined) {
        leftOut++;
        continue;
      }
      place.tally.add(locality, intervalMs, this.report);
      for (const endpoint of locality.endpoints) {
        const tally = this.#place(place.endpoints, endpoint.address, () => new Tally());
        if (tally === undefined) leftOut++;
        else tally.add(endpoint, intervalMs, this.report);
      }
    }
    return leftOut;
  }

  /** What is gone from a client's configuration is in no report any more. */
  #forgetAllBefore(report: number): void {
    this.#series = 0;
    for (const [key, cluster] of this.clusters) {
      for (const [name, locality] of cluster.localities) {
        for (const [address, tally] of locality.endpoints) {
          if (tally.report < report) locality.endpoints.delete(address);
        }
        if (locality.tally.report < report) cluster.localities.delete(name);
        else this.#series += 1 + locality.endpoints.size;
      }
      if (cluster.report < report) this.clusters.delete(key);
      else this.#series++;
    }
  }

  #place<T>(places: Map<string, T>, key: string, make: () => T): T | undefined {
    const known = places.get(key);
    if (known !== undefined || this.#series >= this.#maxSeries) return known;
    this.#series++;
    const place = make();
    places.set(key, place);
    return place;
  }
}

function endedOf({ successful, errors }: Load): bigint {
  return successful + errors;
}

/** A cluster in a report, and how long the interval was. */
export interface Timed {
  readonly load: ClusterLoad;
  readonly intervalMs: number;
}

export class ClientCluster {
  readonly name: string;
  dropped = 0n;
  readonly localities = new Map<string, ClientLocality>();
  /** The number of the last report that told of it. */
  report = 0;
  #droppedPerSecond = 0;

  constructor({ cluster }: ClusterLoad) {
    this.name = cluster;
  }

  drop({ dropped }: ClusterLoad, intervalMs: number, report: number): void {
    if (dropped > 0n) this.dropped += dropped;
    this.#droppedPerSecond = perSecond(dropped, intervalMs);
    this.report = report;
  }

  droppedPerSecondIn(report: number): number {
    return report === this.report ? this.#droppedPerSecond : 0;
  }
}

export class ClientLocality {
  readonly locality: LocalityLoad["locality"];
  readonly priority: number;
  readonly tally = new Tally();
  /** By address. */
  readonly endpoints = new Map<string, Tally>();

  constructor({ locality, priority }: LocalityLoad) {
    this.locality = locality;
    this.priority = priority;
  }
}
