import type { ClusterLoad, NodeStream } from "@chancery/xds/services";
import { ClientLoad, type Timed } from "./client-load.ts";
import { Edge } from "./edge.ts";

export interface LoadTableOptions {
  /** The interval that clients are asked for: for those that do not say how long theirs was. */
  readonly intervalMs: number;
  /** Clusters, localities and endpoints that one client may tell of. */
  readonly maxSeriesPerNode: number;
  /** Pairs of a node cluster and an upstream cluster. */
  readonly maxEdges: number;
}

/** After this time without a report an edge is forgotten: nobody sees its history any more. */
const forgetMs = 60 * 60_000;
const sweepEveryMs = 60_000;

/** All that clients have told of their load. */
export class LoadTable {
  /** By the number of their streams; a client that has gone has no load. */
  readonly #clients = new Map<number, ClientLoad>();
  readonly #edges = new Map<string, Edge>();
  readonly #options: LoadTableOptions;
  #sweptAtMs = 0;
  #leftOut = 0;
  #reports = 0;

  constructor(options: LoadTableOptions) {
    this.#options = options;
  }

  get clients(): Iterable<ClientLoad> {
    return this.#clients.values();
  }

  get edges(): Iterable<Edge> {
    return this.#edges.values();
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  get reports(): number {
    return this.#reports;
  }

  /** How many places of reports were left out because there were too many. */
  get leftOut(): number {
    return this.#leftOut;
  }

  add(clusters: Iterable<ClusterLoad>, { id, node }: Pick<NodeStream, "id" | "node">, nowMs: number): void {
    this.#sweep(nowMs);
    const client = this.#clients.get(id) ?? new ClientLoad(node, this.#options.maxSeriesPerNode);
    this.#clients.set(id, client);
    this.#reports++;
    client.beginReport(clusters, nowMs);
    for (const cluster of clusters) {
      const load = client.countIssued(cluster);
      const timed = { load, intervalMs: load.intervalMs || this.#options.intervalMs };
      this.#leftOut += client.add(timed) + this.#addToEdge(node.cluster, timed, nowMs);
    }
  }

  /** The client of a stream has gone: what it had in flight is not known any more. */
  remove({ id }: Pick<NodeStream, "id">): void {
    this.#clients.delete(id);
  }

  #addToEdge(from: string, cluster: Timed, nowMs: number): number {
    const to = cluster.load.cluster;
    const key = JSON.stringify([from, to]);
    const known = this.#edges.get(key);
    if (known === undefined && this.#edges.size >= this.#options.maxEdges) return 1;
    const edge = known ?? new Edge(from, to);
    this.#edges.set(key, edge);
    return edge.add(cluster, nowMs);
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAtMs < sweepEveryMs) return;
    this.#sweptAtMs = nowMs;
    for (const [key, { seenAtMs }] of this.#edges) if (nowMs - seenAtMs > forgetMs) this.#edges.delete(key);
  }
}
