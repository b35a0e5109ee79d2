import type { Problem } from "@chancery/xds";
import type { Address } from "../address.ts";
import { controlPlaneCluster, grpcCluster } from "../bootstrap/bootstrap.ts";
import type { Item, ItemProblem } from "../model/model.ts";
import type { Draft } from "./draft.ts";
import { checkAlone } from "./service/check-alone.ts";

export interface Kept {
  readonly drafts: readonly Draft[];
  readonly problems: readonly ItemProblem[];
}

/**
 * What an Envoy without xDS can have of these resources: with the address of a control plane all, and the cluster that it
 * is reached by; without one, all that needs none.
 */
export function keepParts(
  served: readonly Draft[],
  { fleet, controlPlane }: { readonly fleet: Item<"fleets">; readonly controlPlane: Address | undefined },
): Kept & { readonly clusters: readonly object[] } {
  const drafts = served.map(checkAlone);
  if (controlPlane === undefined) return { ...withoutControlPlane(drafts, fleet), clusters: [] };
  return { drafts, problems: [], clusters: [grpcCluster(controlPlaneCluster, controlPlane)] };
}

/** Leaves out what only works with a control plane, and says what that was: access logs and traces that it gets. */
function withoutControlPlane(drafts: readonly Draft[], fleet: Item<"fleets">): Kept {
  const left = new Set<string>();
  const kept = drafts.map((draft) => ({ ...draft, json: strip(draft.json, left) as object }));
  const rest = kept.filter(({ json }) => refersToControlPlane(json));
  return {
    drafts: kept,
    problems: [
      ...[...left].map((path) =>
        toProblem(fleet, "warning", path, `${path} goes to the control plane, so it is left out`),
      ),
      ...rest.map(({ type, name }) => toProblem(fleet, "error", "", `${type} "${name}" refers to the control plane`)),
    ],
  };
}

/** The fields that are optional where they stand: they are called like what of a fleet they come from. */
const optional: ReadonlySet<string> = new Set(["accessLog", "tracing"]);

function strip(value: unknown, left: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => strip(item, left));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, part]): [string, unknown][] => {
    if (!optional.has(key) || !refersToControlPlane(part)) return [[key, strip(part, left)]];
    left.add(key);
    const rest = Array.isArray(part) ? part.filter((entry) => !refersToControlPlane(entry)) : [];
    return rest.length === 0 ? [] : [[key, rest]];
  });
  return Object.fromEntries(entries);
}

/** No service has such a name, so nothing else is called like that. */
function refersToControlPlane(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === controlPlaneCluster;
  return Object.values(value).some(refersToControlPlane);
}

function toProblem(item: Item<"fleets">, severity: Problem["severity"], path: string, message: string): ItemProblem {
  const hint = "keep it with --control-plane HOST:PORT";
  return { item, problem: { severity, code: "needs-control-plane", path, message, hint } };
}
