import type { AdmissionControl } from "@chancery/xds/services";
import type { Family, Sample } from "../../metrics/metrics.ts";
import { admissionFamilies } from "../admission-families.ts";
import { countProblems } from "../problems.ts";
import type { Authorizer } from "./authorizer.ts";
import type { AuthorizationFiles } from "./files.ts";
import type { KeySetState } from "./jwks.ts";
import { durationBounds } from "./statistics.ts";

export interface MetricsContext {
  readonly authorizer: Pick<Authorizer, "statistics" | "policies" | "decisions">;
  readonly admission: Pick<AdmissionControl, "stats">;
  readonly files: Pick<AuthorizationFiles, "problems" | "reloads">;
}

/** What `/metrics` says of authorization: decisions by rule, and how it stands with files and keys. */
export function toMetrics({ authorizer, files, admission }: MetricsContext): readonly Family[] {
  const decisions = (isDryRun: boolean) => (): Sample[] =>
    [...authorizer.statistics.counts]
      .filter(({ dryRun }) => dryRun === isDryRun)
      .map(({ policy, rule, decision, count }) => [[policy, rule, decision], count]);
  const byIssuer = (read: (state: KeySetState) => number) => () =>
    new Map([...(authorizer.policies?.keySets ?? [])].map(([name, { jwks }]) => [name, read(jwks.state)]));
  return [
    {
      name: "chancery_authorization_decisions_total",
      help: "Decisions, by the rule that made them; without a rule none was for the request",
      labels: ["policy", "rule", "decision"],
      read: decisions(false),
    },
    {
      name: "chancery_authorization_dry_run_total",
      help: "What policies and rules that are only tried would have decided",
      labels: ["policy", "rule", "decision"],
      read: decisions(true),
    },
    {
      name: "chancery_authorization_decisions_left_out_total",
      help: "Decisions that are counted, but not kept to be looked at: simply allowed, more than 2,000 in a second",
      read: () => authorizer.decisions.leftOut,
    },
    {
      name: "chancery_authorization_duration_seconds",
      help: "How long decisions took",
      labels: [],
      bounds: durationBounds,
      read: () => [{ values: [], ...authorizer.statistics.durations }],
    },
    { name: "chancery_authorization_policies", help: "Policies", read: () => authorizer.policies?.byName.size ?? 0 },
    {
      name: "chancery_authorization_issuer_keys",
      help: "Keys of an issuer of tokens that are there",
      label: "issuer",
      read: byIssuer(({ keys }) => keys),
    },
    {
      name: "chancery_authorization_issuer_failures_total",
      help: "Times that the keys of an issuer could not be got",
      label: "issuer",
      read: byIssuer(({ failures }) => failures),
    },
    {
      name: "chancery_authorization_config_problems",
      help: "What is wrong in the files of policies now",
      label: "severity",
      read: () => countProblems(files.problems),
    },
    {
      name: "chancery_authorization_config_reloads_total",
      help: "Times the files of policies were read, and whether they were used",
      label: "result",
      read: () => files.reloads,
    },
    ...admissionFamilies("chancery_authorization", admission),
  ];
}
