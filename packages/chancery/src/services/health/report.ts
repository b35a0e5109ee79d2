import { matchesGlob } from "../../glob.ts";
import type { EndpointHealth, HealthReport, ServiceHealth } from "./api.ts";
import { countOf, type Entry, type HealthBoard } from "./board.ts";
import type { FleetCheckers } from "./fleet-checkers.ts";

export interface ReportFilter {
  /** A name, in which `*` stands for any characters. */
  readonly service: string;
  /** Only endpoints that are unhealthy, or that a checker finds to be so. */
  readonly only?: "unhealthy" | undefined;
}

/** What is known of endpoints, by service; a step an endpoint. */
export function* toReport(
  board: HealthBoard,
  fleet: FleetCheckers,
  { service, only }: ReportFilter,
): Generator<undefined, HealthReport> {
  const services = new Map<string, ServiceHealth & { readonly endpoints: EndpointHealth[] }>();
  for (const entry of board.entries()) {
    yield;
    if (!matchesGlob(entry.service, service) || (only !== undefined && !isDoubtful(entry))) continue;
    const of = services.get(entry.service) ?? { service: entry.service, by: entry.target.by, endpoints: [] };
    services.set(entry.service, of);
    of.endpoints.push(toEndpoint(entry));
  }
  return {
    frozen: (["fleet", "control-plane"] as const).filter((by) => board.isFrozen(by)),
    checkers: fleet.checkers.toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    services: [...services.values()].sort((a, b) => (a.service < b.service ? -1 : 1)),
  };
}

function isDoubtful(entry: Entry): boolean {
  return entry.verdict === "unhealthy" || countOf(entry).unhealthy > 0;
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
