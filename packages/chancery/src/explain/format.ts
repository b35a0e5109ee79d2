import { styleText } from "node:util";
import { escapeControls } from "../text-safety.ts";
import type {
  Candidate,
  ClusterView,
  Explanation,
  HeaderMutation,
  HttpSteps,
  LeafCluster,
  Outcome,
  RouteStep,
  Target,
} from "./explanation.ts";

export interface FormatOptions {
  /** Whether the terminal understands colours. Default: false. */
  readonly color?: boolean;
  /** Whether to list every rule that does not match, and not only those nearest. Default: false. */
  readonly all?: boolean;
}

/** Writes an explanation as an indented trace for a terminal, its end first in bold. */
export function formatExplanation(explanation: Explanation, options: FormatOptions = {}): string {
  const { color = false, all = false } = options;
  const { request, listeners, filterChains, networkFilters, http, outcome, notes } = explanation;
  const title = [request.method, request.url].filter((part) => part !== "").join(" ");
  const lines: Line[] = [
    { depth: 0, text: title, style: "bold" },
    // Where others listen says little of the one that was found.
    ...candidateLines("listener", listeners, { all, others: listeners.some(({ chosen }) => chosen) ? 0 : 10 }),
    ...candidateLines("filter chain", filterChains, { all }),
    ...(networkFilters.length === 0 ? [] : [row("filters", networkFilters.join(" → "))]),
    ...(http === undefined ? [] : httpLines(http, all)),
    ...outcomeLines(outcome, 1),
    ...notes.map((note): Line => ({ depth: 1, label: "note", text: note, style: "yellow" })),
  ];
  return lines.map((line) => `${formatLine(line, color)}\n`).join("");
}

type Style = "bold" | "dim" | "green" | "red" | "yellow";

interface Line {
  readonly depth: number;
  readonly label?: string;
  readonly mark?: string;
  readonly text: string;
  readonly style?: Style;
}

const labelWidth = 18;

function formatLine({ depth, label, mark, text, style }: Line, color: boolean): string {
  const indent = "  ".repeat(depth);
  const name = depth === 0 ? "" : (label ?? "").padEnd(labelWidth);
  const shown = `${mark === undefined ? "" : `${mark} `}${escapeControls(text)}`;
  return `${indent}${name}${color && style !== undefined ? styleText(style, shown, { validateStream: false }) : shown}`.trimEnd();
}

function row(label: string, text: string, style?: Style): Line {
  return { depth: 1, label, text, ...(style && { style }) };
}

/** The label stands at the first of several lines. */
function rows(label: string, lines: readonly Omit<Line, "depth" | "label">[]): Line[] {
  return lines.map((line, i) => ({ depth: 1, ...(i === 0 && { label }), ...line }));
}

interface CandidateOptions {
  readonly all: boolean;
  /** How many that were not chosen are shown. Default: 10. */
  readonly others?: number;
}

function candidateLines(label: string, candidates: readonly Candidate[], options: CandidateOptions): Line[] {
  const rest = candidates.filter(({ chosen }) => !chosen);
  const hidden = options.all ? 0 : Math.max(0, rest.length - (options.others ?? 10));
  const shown = candidates.filter((candidate) => rest.indexOf(candidate) < rest.length - hidden);
  const more =
    hidden === 0
      ? []
      : [{ text: `… ${hidden} ${hidden === 1 ? "other" : "others"} not chosen (see --all)`, style: "dim" as const }];
  return rows(label, [...shown.map(candidateLine), ...more]);
}

function candidateLine({ name, chosen, why }: Candidate): Omit<Line, "depth" | "label"> {
  return { mark: chosen ? "✓" : "✗", text: `${name}: ${why}`, style: chosen ? "green" : "dim" };
}

function httpLines(http: HttpSteps, all: boolean): Line[] {
  const { changes, filters, routeConfiguration, scope, virtualHosts, routes, notReached } = http;
  const names = filters.map(({ name, disabled, perRoute }) => {
    const notes = [...(disabled ? ["off"] : []), ...perRoute];
    return notes.length === 0 ? name : `${name} (${notes.join(", ")})`;
  });
  return [
    ...(names.length === 0 ? [] : [row("HTTP filters", names.join(" → "))]),
    ...rows(
      "normalized",
      changes.map((text) => ({ text })),
    ),
    ...(scope === undefined ? [] : [row("scope", scope)]),
    ...(routeConfiguration === undefined ? [] : [row("routes", routeConfiguration)]),
    ...candidateLines("virtual host", virtualHosts, { all }),
    ...routeLines(routes, notReached, all),
  ];
}

/** So many rules before the one that matches are listed. */
const nearest = 20;

function routeLines(routes: readonly RouteStep[], notReached: number, all: boolean): Line[] {
  const unsure = routes.filter(({ verdict }) => verdict !== "no");
  const failed = routes.filter(({ verdict }) => verdict === "no");
  const hidden = all ? 0 : Math.max(0, failed.length - nearest);
  const shown = routes.filter((route) => unsure.includes(route) || failed.indexOf(route) >= hidden);
  const lines = shown.flatMap((route) => routeLine(route));
  const before =
    hidden === 0 ? [] : [{ text: `… ${hidden} more that do not match (--all lists them)`, style: "dim" as const }];
  const after = notReached === 0 ? [] : [{ text: `… ${notReached} more, not reached`, style: "dim" as const }];
  return rows("route", [...before, ...lines, ...after]);
}

function routeLine({ name, match, verdict, why, outcome }: RouteStep): Omit<Line, "depth" | "label">[] {
  if (verdict === "yes") return [{ mark: "✓", text: `${name}: ${match.join(", ")}`, style: "green" }];
  if (verdict === "no") return [{ mark: "✗", text: `${name}: ${why}`, style: "dim" }];
  const then = outcome === undefined ? "" : `; then ${shortOutcome(outcome)}`;
  return [{ mark: "?", text: `${name}: ${why}${then}`, style: "yellow" }];
}

function shortOutcome(outcome: Outcome): string {
  if (outcome.kind === "forward") return `to ${outcome.targets.map(({ cluster }) => cluster.name).join(" or ")}`;
  if (outcome.kind === "unknown") return outcome.why;
  const status = outcome.status === undefined ? "the connection ends" : String(outcome.status);
  return outcome.kind === "respond" && outcome.location !== undefined ? `${status} to ${outcome.location}` : status;
}

function outcomeLines(outcome: Outcome, depth: number): Line[] {
  switch (outcome.kind) {
    case "unknown":
      return [{ depth, label: "unknown", text: outcome.why, style: "yellow" }];
    case "refuse": {
      const status = outcome.status === undefined ? "no answer" : `${outcome.status}`;
      const hint = outcome.hint === undefined ? [] : [row("hint", outcome.hint)];
      return [
        { depth, label: "refused", mark: "✗", text: `${status} (${outcome.code}): ${outcome.why}`, style: "red" },
        ...hint,
      ];
    }
    case "respond":
      return [
        { depth, label: "answer", mark: "✓", text: String(outcome.status), style: "green" },
        ...(outcome.location === undefined ? [] : [row("location", outcome.location)]),
        ...(outcome.body === undefined ? [] : [row("body", outcome.body)]),
        ...mutationLines("response", outcome.responseHeaders),
      ];
    case "forward":
      return [
        ...rows(
          "rewrite",
          outcome.rewrites.map((text) => ({ text })),
        ),
        ...(outcome.path === undefined
          ? []
          : [row("upstream gets", `${outcome.authority ?? "(host unknown)"} ${outcome.path}`)]),
        ...outcome.settings.map(({ label, text }) => row(label, text)),
        ...outcome.targets.flatMap((target) => targetLines(target, outcome.targets.length)),
      ];
  }
}

function targetLines({ cluster, share, requestHeaders, responseHeaders }: Target, count: number): Line[] {
  const percent = count === 1 ? "" : ` ${Number(share.toFixed(2))}%`;
  return [
    ...clusterLines(cluster, percent, 1),
    ...cluster.members.flatMap((member) => clusterLines(member, "", 2)),
    ...mutationLines("request", requestHeaders),
    ...mutationLines("response", responseHeaders),
  ];
}

function clusterLines(cluster: LeafCluster, percent: string, depth: number): Line[] {
  const { name, found, type, loadBalancing, transport, protocol, localities, notes } = cluster;
  if (!found) return [{ depth, label: "cluster", mark: "✗", text: `${name}${percent}: does not exist`, style: "red" }];
  const how = [type, loadBalancing, protocol, transport].join(", ");
  return [
    { depth, label: "cluster", mark: "✓", text: `${name}${percent}: ${how}`, style: "green" },
    ...notes.map((note): Line => ({ depth, label: "", text: `  ${note}`, style: "yellow" })),
    ...localities.flatMap((locality) => localityLines(locality, localities.length > 1)),
  ];
}

const shownEndpoints = 20;

function localityLines(
  { priority, locality, weight, endpoints }: ClusterView["localities"][number],
  many: boolean,
): Line[] {
  const where = [`priority ${priority}`, locality, weight === undefined ? "" : `weight ${weight}`];
  const head = many || locality !== "" ? [`${where.filter((part) => part !== "").join(", ")}`] : [];
  const more = endpoints.length - shownEndpoints;
  const texts = endpoints.slice(0, shownEndpoints).map(({ address, health, weight, hostname }) => {
    const extra = [
      hostname,
      health === "UNKNOWN" ? undefined : health.toLowerCase(),
      weight === 1 ? undefined : `weight ${weight}`,
    ];
    return [address, ...extra.filter((part) => part !== undefined)].join("  ");
  });
  const lines = [
    ...head,
    ...texts.map((text) => (head.length === 0 ? text : `  ${text}`)),
    ...(more > 0 ? [`… ${more} more`] : []),
  ];
  return lines.map((text) => ({ depth: 1, text: `  ${text}` }));
}

function mutationLines(direction: "request" | "response", mutations: readonly HeaderMutation[]): Line[] {
  return rows(
    `${direction} headers`,
    mutations.map(({ action, name, value, level }) => {
      const text = action === "remove" ? `- ${name}` : `${signs[action]} ${name}: ${value ?? ""}`;
      return { text: `${text}  (${level})` };
    }),
  );
}

const signs = { append: "+", add: "+?", overwrite: "=", "overwrite-existing": "=?" } as const;
