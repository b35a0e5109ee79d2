import type { NodeStreams } from "@chancery/xds/services";
import type { Family, Sample } from "../../metrics/metrics.ts";
import type { HealthBoard } from "./board.ts";
import type { FleetCheckers } from "./fleet-checkers.ts";
import type { OwnChecker } from "./own-checker.ts";

export interface HealthParts {
  readonly board: HealthBoard;
  readonly fleet: FleetCheckers;
  readonly own: OwnChecker;
  readonly streams: NodeStreams;
  /** How often verdicts changed. */
  readonly changes: () => number;
}

/** The health of endpoints as Prometheus reads it. */
export function healthFamilies({ board, fleet, own, streams, changes }: HealthParts): readonly Family[] {
  return [
    {
      ...{ name: "chancery_health_endpoints", help: "Endpoints that are checked, by what was found of them" },
      labels: ["service", "verdict"],
      read: () => countEndpoints(board),
    },
    { name: "chancery_health_changes_total", help: "Endpoints that turned healthy or unhealthy", read: changes },
    {
      ...{ name: "chancery_health_frozen", help: "1 while too much fails at once to be believed", label: "by" },
      read: () => new Map((["fleet", "control-plane"] as const).map((by) => [by, board.isFrozen(by) ? 1 : 0])),
    },
    {
      name: "chancery_health_checkers",
      help: "Envoys that check endpoints for the control plane",
      read: () => fleet.checkers.length,
    },
    {
      name: "chancery_health_checks_total",
      help: "Checks that the control plane made itself",
      read: () => own.stats.checks,
    },
    {
      name: "chancery_health_failed_checks_total",
      help: "Checks that the control plane made itself and that failed",
      read: () => own.stats.failures,
    },
    {
      name: "chancery_health_waiting_checks",
      help: "Checks that are due and wait until others are done",
      read: () => own.stats.waiting,
    },
    {
      name: "chancery_health_reports_total",
      help: "Messages of such Envoys that were taken",
      read: () => streams.stats.messages,
    },
    {
      name: "chancery_health_lost_reports_total",
      help: "Reports of checkers that were dropped because too much was waiting",
      read: () => streams.stats.droppedMessages,
    },
  ];
}

function* countEndpoints(board: HealthBoard): Generator<Sample> {
  for (const [service, entries] of Map.groupBy(board.entries(), ({ service }) => service)) {
    const byVerdict = Map.groupBy(entries, ({ verdict }) => verdict);
    for (const verdict of ["unknown", "healthy", "unhealthy"] as const) {
      yield [[service, verdict], byVerdict.get(verdict)?.length ?? 0];
    }
  }
}
