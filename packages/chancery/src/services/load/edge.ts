import type { ClusterLoad, LocalityLoad } from "@chancery/xds/services";
import type { Timed } from "./client-load.ts";
import { History } from "./history.ts";
import { placeKey } from "./place-key.ts";

/**
 * The traffic from all nodes of one cluster to one upstream cluster. It outlives its clients, so that what is counted
 * only grows.
 */
export class Edge {
  readonly from: string;
  readonly to: string;
  readonly history = new History();
  readonly places = new Map<string, EdgePlace>();
  /** Dropped requests by reason. */
  readonly drops = new Map<string, bigint>();
  seenAtMs = 0;

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
  }

  /** Adds a report of a client; returns how many of its places were left out as there are too many. */
  add({ load, intervalMs }: Timed, nowMs: number): number {
    this.seenAtMs = nowMs;
    let [requests, errors, leftOut] = [0n, 0n, 0];
    for (const locality of load.localities) {
      requests += locality.issued;
      errors += locality.errors;
      const place = this.#placeOf(locality);
      if (place === undefined) {
        leftOut++;
        continue;
      }
      if (locality.issued > 0n) place.requests += locality.issued;
      if (locality.errors > 0n) place.errors += locality.errors;
    }
    for (const { category, count } of dropsOf(load)) {
      const known = this.drops.get(category);
      if (known !== undefined || this.drops.size < maxCategories) this.drops.set(category, (known ?? 0n) + count);
      else leftOut++;
    }
    const traffic = { requests: Number(requests), errors: Number(errors), dropped: Number(load.dropped) };
    this.history.add(traffic, nowMs, intervalMs);
    return leftOut;
  }

  #placeOf({ locality, priority }: LocalityLoad): EdgePlace | undefined {
    const { region, zone, subZone } = locality;
    const key = placeKey(locality, priority);
    const known = this.places.get(key);
    if (known !== undefined || this.places.size >= maxPlaces) return known;
    const place = { labels: [region, zone, subZone, String(priority)], requests: 0n, errors: 0n };
    this.places.set(key, place);
    return place;
  }
}

export interface EdgePlace {
  /** Region, zone, sub-zone and priority. */
  readonly labels: readonly string[];
  requests: bigint;
  errors: bigint;
}

const maxPlaces = 200;
const maxCategories = 50;

/** Drops by reason, and under "" those that have none. */
function dropsOf({ dropped, drops }: ClusterLoad): ClusterLoad["drops"] {
  const named = drops.reduce((sum, { count }) => sum + count, 0n);
  return dropped > named ? [...drops, { category: "", count: dropped - named }] : drops;
}
