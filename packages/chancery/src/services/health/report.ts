import { matchesGlob } from "../../glob.ts";
import type { EndpointHealth, HealthReport, ServiceHealth } from "./api.ts";
import { countOf, type Entry, type HealthBoard } from "./board.ts";
import type { FleetCheckers } from "./fleet-checkers.ts";

/** What is known of the services whose names fit a pattern. */
export function toReport(board: HealthBoard, fleet: FleetCheckers, services: string): HealthReport {
  const byService = Map.groupBy(board.entries(), ({ service }) => service);
  const chosen = [...byService].filter(([service]) => matchesGlob(service, services));
  return {
    frozen: (["fleet", "control-plane"] as const).filter((by) => board.isFrozen(by)),
    checkers: fleet.checkers.toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    services: chosen.sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([service, entries]) => toService(service, entries)),
  };
}

function toService(service: string, entries: readonly Entry[]): ServiceHealth[] {
  const [first] = entries;
  return first === undefined ? [] : [{ service, by: first.target.by, endpoints: entries.map(toEndpoint) }];
}

function toEndpoint(entry: Entry): EndpointHealth {
  const { address, verdict, sinceMs, held, votes } = entry;
  const { checkers, healthy, unhealthy } = countOf(entry);
  return {
    ...{ address, verdict, since: toTime(sinceMs), checkers, healthy, unhealthy },
    ...(held !== undefined && { held }),
    votes: [...votes].map(([checker, vote]) => ({
      ...{ checker, healthy: vote.healthy, reason: vote.reason, since: toTime(vote.sinceMs) },
    })),
  };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
