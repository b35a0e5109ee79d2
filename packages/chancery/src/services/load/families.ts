import type { NodeStreams } from "@chancery/xds/services";
import type { Family, Sample } from "../../metrics/metrics.ts";
import { atOnce } from "../../turns.ts";
import type { Edge, EdgePlace } from "./edge.ts";
import type { LoadTable } from "./load-table.ts";
import { toRows } from "./rows.ts";

/** The load as Prometheus reads it. Its numbers are floating point: counts beyond 2^53 are rounded there. */
export function loadFamilies(table: LoadTable, streams: NodeStreams): readonly Family[] {
  const edge = ["node_cluster", "cluster"];
  const place = [...edge, "region", "zone", "sub_zone", "priority"];
  return [
    {
      ...{ name: "chancery_load_requests_total", help: "Requests that nodes began, by where they went", labels: place },
      read: () => samplesOf(table.edges, ({ requests }) => requests),
    },
    {
      ...{ name: "chancery_load_errors_total", help: "Requests that ended as errors", labels: place },
      read: () => samplesOf(table.edges, ({ errors }) => errors),
    },
    {
      ...{ name: "chancery_load_dropped_total", help: "Requests that were dropped before they had an endpoint" },
      labels: [...edge, "category"],
      read: () => dropsOf(table.edges),
    },
    {
      ...{ name: "chancery_load_in_flight", help: "Requests under way at the last report of each node", labels: edge },
      read: () => inFlight(table),
    },
    { name: "chancery_load_nodes", help: "Streams of nodes that report load", read: () => table.clientCount },
    { name: "chancery_load_reports_total", help: "Reports of load", read: () => table.reports },
    {
      name: "chancery_load_left_out_total",
      help: "Places in reports that were left out because there are too many",
      read: () => table.leftOut,
    },
    {
      name: "chancery_load_lost_reports_total",
      help: "Reports that were dropped because too much was waiting",
      read: () => streams.stats.droppedMessages,
    },
  ];
}

function* samplesOf(edges: Iterable<Edge>, read: (place: EdgePlace) => bigint): Generator<Sample> {
  for (const { from, to, places } of edges) {
    for (const place of places.values()) yield [[from, to, ...place.labels], Number(read(place))];
  }
}

function* dropsOf(edges: Iterable<Edge>): Generator<Sample> {
  for (const { from, to, drops } of edges) {
    for (const [category, count] of drops) yield [[from, to, category], Number(count)];
  }
}

function* inFlight({ clients }: LoadTable): Generator<Sample> {
  for (const row of atOnce(toRows(clients, "edge", { cluster: "*", node: "*", nodeCluster: "*" }))) {
    yield [[row.nodeCluster ?? "", row.cluster], row.inFlight];
  }
}
