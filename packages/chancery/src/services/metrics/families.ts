import type { NodeStreams } from "@chancery/xds/services";
import type { Family } from "../../metrics/metrics.ts";
import type { FleetMetrics } from "./fleet-metrics.ts";
import type { Twins } from "./twins.ts";

/** What there is to know of the fleet's page itself. */
export function fleetFamilies(
  metrics: FleetMetrics,
  { streams, twins }: { readonly streams: NodeStreams; readonly twins: Twins },
): readonly Family[] {
  const nodes = () => [...metrics.nodes];
  return [
    {
      name: "chancery_fleet_metrics_nodes",
      help: "Nodes on the page of the fleet, and whether they still send",
      label: "state",
      read: () => {
        const sending = nodes().filter((node) => node.streams > 0).length;
        return new Map([
          ["sending", sending],
          ["gone", nodes().length - sending],
        ]);
      },
    },
    {
      name: "chancery_fleet_metrics_shared_nodes",
      help: "Nodes of which several Envoys have the id, so that their counters are mixed: alert on it",
      read: () => twins.count,
    },
    {
      name: "chancery_fleet_metrics_lines",
      help: "Lines on the page of the fleet",
      read: () => nodes().reduce((sum, { lines }) => sum + lines, 0),
    },
    {
      name: "chancery_fleet_metrics_messages_total",
      help: "Messages with metrics that were taken",
      read: () => streams.stats.messages,
    },
    {
      name: "chancery_fleet_metrics_lost_messages_total",
      help: "Messages with metrics that were dropped because too much was waiting",
      read: () => streams.stats.droppedMessages,
    },
    {
      name: "chancery_fleet_metrics_left_out_total",
      help: "Metrics that were not kept: too many of a node, too many names, or of another type than others of the name",
      label: "reason",
      read: () => new Map(Object.entries(metrics.leftOut)),
    },
  ];
}
