import type { AdmissionControl } from "@chancery/xds/services";
import type { Family, Sample } from "../../metrics/metrics.ts";
import { admissionFamilies } from "../admission-families.ts";
import { countProblems } from "../problems.ts";
import type { RateLimitFiles } from "./files.ts";
import type { Limiter } from "./limiter.ts";
import type { RuleStats } from "./statistics.ts";
import type { Store } from "./store.ts";

export interface MetricsContext {
  readonly limiter: Pick<Limiter, "statistics" | "unmatched" | "shadowed" | "domains">;
  readonly admission: Pick<AdmissionControl, "stats">;
  readonly files: Pick<RateLimitFiles, "problems" | "reloads">;
  readonly store: Pick<Store, "stats">;
}

/** What `/metrics` says of rate limits: hits by rule, and how it stands with the files and the counts. */
export function toMetrics({ limiter, files, store, admission }: MetricsContext): readonly Family[] {
  const byRule = (name: string, help: string, key: keyof RuleStats): Family => ({
    ...{ name: `chancery_rate_limit_${name}_total`, help, labels: ["domain", "rule"] },
    read: () => limiter.statistics.all().map((stats): Sample => [[stats.domain, stats.rule], Number(stats[key])]),
  });
  return [
    byRule("hits", "Hits on a rule", "totalHits"),
    byRule("over_limit", "Hits beyond the limit of a rule", "overLimit"),
    byRule("near_limit", "Hits beyond most of the limit of a rule, 80 % by default, but within it", "nearLimit"),
    byRule("within_limit", "Hits within the limit of a rule", "withinLimit"),
    byRule("shadow_mode", "Hits beyond the limit of a rule that were let through", "shadowMode"),
    {
      name: "chancery_rate_limit_unmatched_total",
      help: "Descriptors that no rule is for",
      read: () => limiter.unmatched,
    },
    {
      name: "chancery_rate_limit_shadowed_total",
      help: "Requests over a limit that were let through since all are",
      read: () => limiter.shadowed,
    },
    { name: "chancery_rate_limit_domains", help: "Domains with rules", read: () => limiter.domains?.size ?? 0 },
    { name: "chancery_rate_limit_keys", help: "Keys that are counted in memory", read: () => store.stats.keys },
    {
      name: "chancery_rate_limit_evicted_total",
      help: "Keys that were forgotten for others before their time",
      read: () => store.stats.evicted,
    },
    {
      name: "chancery_rate_limit_store_lost_total",
      help: "Requests whose counts were out of reach",
      read: () => store.stats.lost,
    },
    {
      name: "chancery_rate_limit_config_problems",
      help: "What is wrong in the files of rate limits now",
      label: "severity",
      read: () => countProblems(files.problems),
    },
    {
      name: "chancery_rate_limit_config_reloads_total",
      help: "Times the files of rate limits were read, and whether they were used",
      label: "result",
      read: () => files.reloads,
    },
    ...admissionFamilies("chancery_rate_limit", admission),
  ];
}
