import type { Groups, Snapshots } from "@chancery/xds";
import { lrsHandlers, type NodeStream, type NodeStreamOptions, NodeStreams } from "@chancery/xds/services";
import type { Nodes, Service } from "../service.ts";
import { loadFamilies } from "./families.ts";
import { LoadTable } from "./load-table.ts";
import { addLoadRoutes } from "./routes.ts";

export interface LoadOptions {
  /** How often nodes report, in milliseconds; 10,000 by default. */
  readonly intervalMs?: number;
  /** Whether they tell of each endpoint too; true by default. */
  readonly endpoints?: boolean;
  /** Clusters, localities and endpoints that one node may tell of; what is beyond is counted. 20,000 by default. */
  readonly maxSeriesPerNode?: number;
  /** Pairs of a node cluster and an upstream cluster; what is beyond is counted. 10,000 by default. */
  readonly maxEdges?: number;
  /** How many streams a node may have, and how much may wait. */
  readonly streams?: Omit<NodeStreamOptions, "authenticate">;
}

export interface LoadContext {
  readonly snapshots: Snapshots;
  readonly nodes: Nodes;
}

/** Load reporting: how much traffic nodes send to which upstream clusters, localities and endpoints, and how it fares. */
export function loadService({ snapshots, nodes }: LoadContext, options: LoadOptions = {}): Service {
  const { intervalMs = 10_000, endpoints = true, maxSeriesPerNode = 20_000, maxEdges = 10_000 } = options;
  const streams = new NodeStreams({
    maxShare: 0.5,
    ...options.streams,
    authenticate: (stream) => nodes.authorize(stream),
  });
  const table = new LoadTable({ intervalMs, maxSeriesPerNode, maxEdges });
  /** The clusters in the snapshot of a client, which may be another one when the model is. */
  const clustersOf = (stream: NodeStream, tell: (names: readonly string[]) => void) => {
    let groups: Groups;
    const look = () => tell([...(snapshots.read(groups)?.set(clusterType).resources.keys() ?? [])]);
    let stop = () => {};
    const follow = () => {
      stop();
      groups = nodes.groupsOf(stream);
      look();
      stop = snapshots.watch(groups, look);
    };
    follow();
    const stopNodes = nodes.watch(follow);
    return () => {
      stopNodes();
      stop();
    };
  };
  const wants = (stream: NodeStream, tell: (wanted: boolean) => void) => {
    const look = () => {
      const wanted = nodes.wants(stream, "loadReports");
      // What it had in flight is not known any more.
      if (!wanted) table.remove(stream);
      tell(wanted);
    };
    look();
    return nodes.watch(look);
  };
  return {
    name: "load",
    methods: lrsHandlers({
      ...{ streams, intervalMs, endpoints, clustersOf, wants },
      onReport: (clusters, stream) => table.add(clusters, stream, Date.now()),
      onClose: (stream) => table.remove(stream),
    }),
    metrics: loadFamilies(table, streams),
    addRoutes: (app) => addLoadRoutes(app, table),
  };
}

const clusterType = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
