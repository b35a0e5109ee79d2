import type { AdmissionControl } from "@chancery/xds/services";
import type { Family } from "../metrics/metrics.ts";

/** What became of the calls of a service whose metrics begin with `prefix`. */
export function admissionFamilies(prefix: string, { stats }: Pick<AdmissionControl, "stats">): readonly Family[] {
  return [
    {
      name: `${prefix}_calls_total`,
      help: "Calls, and whether they were made or refused because there were too many",
      label: "result",
      read: () => new Map(Object.entries({ admitted: stats.admitted, shed: stats.shed })),
    },
    { name: `${prefix}_pending_calls`, help: "Calls that wait for their decision", read: () => stats.pending },
    { name: `${prefix}_shed_share`, help: "Part of the calls that is refused now", read: () => stats.shedShare },
  ];
}
