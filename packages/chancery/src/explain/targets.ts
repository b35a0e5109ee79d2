import { viewCluster } from "./cluster.ts";
import type { Outcome, Target } from "./explanation.ts";
import type { RequestHeaders } from "./headers.ts";
import { type Json, numberIn, objectIn, objectsIn, textIn } from "./json.ts";
import { type Level, mutationsOf } from "./mutations.ts";
import type { Resources } from "./resources.ts";
import { labelsWanted } from "./subset.ts";

export interface TargetContext {
  readonly headers: RequestHeaders;
  readonly resources: Resources;
  /** Where headers are changed, the most specific first. */
  readonly levels: readonly Level[];
  readonly mostSpecificWins: boolean;
}

export type Targets = { readonly targets: readonly Target[] } | { readonly outcome: Outcome };

/** The clusters that a route's action may send a request to, each with its share. */
export function targetsOf(action: Json, context: TargetContext): Targets {
  const cluster = textIn(action, "cluster");
  if (cluster !== "") return { targets: [toTarget(cluster, { share: 100, action }, context)] };
  const header = textIn(action, "cluster_header");
  if (header !== "") {
    const name = context.headers.values(header)[0] ?? "";
    if (name !== "") return { targets: [toTarget(name, { share: 100, action }, context)] };
    const why = `header ${header}, which is to name the cluster, is absent`;
    return { outcome: { kind: "refuse", status: notFoundStatus(action), code: "cluster_not_found", why } };
  }
  const weighted = objectIn(action, "weighted_clusters");
  if (weighted !== undefined) return weigh(action, weighted, context);
  const plugin = textIn(action, "cluster_specifier_plugin") || "inline_cluster_specifier_plugin";
  return { outcome: { kind: "unknown", why: `the plugin "${plugin}" chooses the cluster` } };
}

function weigh(action: Json, weighted: Json, context: TargetContext): Targets {
  const entries = objectsIn(weighted, "clusters").map((entry) => ({ entry, weight: numberIn(entry, "weight") ?? 0 }));
  const total = entries.reduce((sum, { weight }) => sum + weight, 0);
  const chosen = chosenByHeader(weighted, context.headers, total);
  let from = 0;
  const shares = entries.map(({ entry, weight }) => {
    const isChosen = chosen !== undefined && chosen >= from && chosen < from + weight;
    from += weight;
    const byWeight = total === 0 ? 0 : (weight / total) * 100;
    return { entry, share: chosen === undefined ? byWeight : isChosen ? 100 : 0 };
  });
  const possible = shares.filter(({ share }) => share > 0);
  const targets = possible.map(({ entry, share }) => {
    const header = textIn(entry, "cluster_header");
    const name = textIn(entry, "name") || (context.headers.values(header)[0] ?? "");
    return toTarget(name, { share, action, weight: entry }, context);
  });
  return { targets };
}

/** The header that stands in for chance, if the request has it. */
function chosenByHeader(weighted: Json, headers: RequestHeaders, total: number): number | undefined {
  const value = headers.values(textIn(weighted, "header_name"))[0];
  return value !== undefined && /^\d+$/.test(value) && total > 0 ? Number(BigInt(value) % BigInt(total)) : undefined;
}

interface Share {
  readonly share: number;
  readonly action: Json;
  /** The entry of weighted clusters that it is. */
  readonly weight?: Json;
}

function toTarget(name: string, { share, action, weight }: Share, context: TargetContext): Target {
  const levels: readonly Level[] =
    weight === undefined ? context.levels : [["cluster weight", weight], ...context.levels];
  const authority = textIn(weight, "host_rewrite_literal");
  return {
    cluster: viewCluster(name, context.resources, labelsWanted(action, weight)),
    share,
    ...(authority !== "" && { authority }),
    requestHeaders: mutationsOf("request", levels, context.mostSpecificWins),
    responseHeaders: mutationsOf("response", levels, context.mostSpecificWins),
  };
}

/** The status for a cluster that does not exist. */
export function notFoundStatus(action: Json): number {
  const code = textIn(action, "cluster_not_found_response_code");
  return code === "NOT_FOUND" ? 404 : code === "INTERNAL_SERVER_ERROR" ? 500 : 503;
}
