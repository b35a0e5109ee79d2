import { matchesGlob } from "../../glob.ts";
import type { LoadBy, LoadRow } from "./api.ts";
import type { ClientCluster, ClientLoad } from "./client-load.ts";
import { type Rates, still, type Tally } from "./tally.ts";

export interface RowFilter {
  readonly cluster: string;
  readonly node: string;
  readonly nodeCluster: string;
}

/** Sums up what clients told, in one row for each thing that `by` says, in the order of its names; a step a cluster. */
export function* toRows(clients: Iterable<ClientLoad>, by: LoadBy, filter: RowFilter): Generator<undefined, LoadRow[]> {
  const sums = new Map<string, Sum>();
  for (const client of clients) {
    const { id, cluster: nodeCluster } = client.node;
    if (!matchesGlob(id, filter.node) || !matchesGlob(nodeCluster, filter.nodeCluster)) continue;
    for (const cluster of client.clusters.values()) {
      if (!matchesGlob(cluster.name, filter.cluster)) continue;
      for (const part of partsOf(client, cluster, by)) {
        const key = JSON.stringify(Object.values(part.names));
        const sum = sums.get(key) ?? newSum(part.names);
        sums.set(key, sum);
        add(sum, part, id);
      }
      yield;
    }
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => toRow(sum));
}

type Names = Pick<LoadRow, "cluster" | "nodeCluster" | "node" | "locality" | "priority" | "endpoint">;

/** What one client adds to one row. */
interface Part {
  readonly names: Names;
  readonly rates: Rates;
  readonly requests: bigint;
  readonly errors: bigint;
  /** Of a whole cluster: a request that is dropped has no locality. */
  readonly drops?: { readonly perSecond: number; readonly count: bigint };
}

function* partsOf(client: ClientLoad, cluster: ClientCluster, by: LoadBy): Generator<Part> {
  const { report, node } = client;
  const toPart = (names: Names, tally: Tally) => ({
    names,
    rates: tally.ratesIn(report),
    requests: tally.requests,
    errors: tally.errors,
  });
  if (by === "locality" || by === "endpoint") {
    for (const { locality, priority, tally, endpoints } of cluster.localities.values()) {
      const names = { cluster: cluster.name, locality, priority };
      if (by === "locality") yield toPart(names, tally);
      else for (const [endpoint, tally] of endpoints) yield toPart({ ...names, endpoint }, tally);
    }
    return;
  }
  const from = by === "cluster" ? {} : { nodeCluster: node.cluster, ...(by === "node" && { node: node.id }) };
  const names = { cluster: cluster.name, ...from };
  const drops = { perSecond: cluster.droppedPerSecondIn(report), count: cluster.dropped };
  yield { names, rates: still, requests: 0n, errors: 0n, drops };
  for (const { tally } of cluster.localities.values()) yield toPart(names, tally);
}

interface Sum {
  readonly names: Names;
  readonly nodes: Set<string>;
  readonly rates: { -readonly [K in keyof Rates]: number };
  requests: bigint;
  errors: bigint;
  drops: { readonly perSecond: number; readonly count: bigint } | undefined;
}

function newSum(names: Names): Sum {
  return { names, nodes: new Set(), rates: { ...still }, requests: 0n, errors: 0n, drops: undefined };
}

function add(sum: Sum, { rates, requests, errors, drops }: Part, node: string): void {
  sum.nodes.add(node);
  sum.rates.requestsPerSecond += rates.requestsPerSecond;
  sum.rates.endedPerSecond += rates.endedPerSecond;
  sum.rates.errorsPerSecond += rates.errorsPerSecond;
  sum.rates.inFlight += rates.inFlight;
  sum.requests += requests;
  sum.errors += errors;
  if (drops === undefined) return;
  const before = sum.drops ?? { perSecond: 0, count: 0n };
  sum.drops = { perSecond: before.perSecond + drops.perSecond, count: before.count + drops.count };
}

function toRow({ names, nodes, rates, requests, errors, drops }: Sum): LoadRow {
  const { requestsPerSecond, endedPerSecond, errorsPerSecond, inFlight } = rates;
  return {
    ...names,
    nodes: nodes.size,
    requestsPerSecond,
    errorsPerSecond,
    errorShare: endedPerSecond > 0 ? errorsPerSecond / endedPerSecond : 0,
    inFlight,
    ...(drops && { droppedPerSecond: drops.perSecond }),
    totals: {
      requests: String(requests),
      errors: String(errors),
      ...(drops && { dropped: String(drops.count) }),
    },
  };
}
