import type { Snapshot } from "@chancery/xds";
import type { LocatedProblem } from "../documents/document.ts";
import { type Resources, resourcesOf } from "../explain/resources.ts";
import { fleetOfGroup, groupsOf, unmatchedGroup } from "../fleets/groups.ts";
import { strangerWith } from "../fleets/stranger.ts";
import { toUnmatchedSnapshot } from "../fleets/unmatched.ts";
import type { Outcome } from "../outcome.ts";
import { splitAlone } from "./alone.ts";
import { readOnce, understand } from "./load.ts";

/** What files have for Envoys. */
export interface Loaded {
  /** All that they have something for: nodes, fleets, and Envoys that run without a control plane. */
  readonly subjects: readonly Subject[];
  /** What a node gets: what its fleet has, and above that what there is for it alone. */
  resourcesFor(node: string): Resources | undefined;
  readonly problems: readonly LocatedProblem[];
  /** What the files mean, but for the static resources of an Envoy's own file. */
  readonly outcome: Outcome;
}

export interface Subject {
  readonly kind: "node" | "fleet";
  readonly name: string;
  readonly resources: Resources;
}

/** Reads files and folders once: the model, raw snapshots, and the static resources of an Envoy's own file. */
export async function loadResources(paths: readonly string[], cwd: string): Promise<Loaded> {
  const state = await readOnce(paths, { cwd });
  const { alone, documents, problems } = splitAlone(state.documents);
  const outcome = await understand({ ...state, documents }, { cwd });
  const own = alone.map(({ name, snapshot }) => ({ kind: "node" as const, name, resources: resourcesOf(snapshot) }));
  return {
    outcome,
    subjects: [...subjectsOf(outcome), ...own],
    resourcesFor: (node) => layersFor(node, outcome) ?? own.find(({ name }) => name === node)?.resources,
    problems: [...outcome.problems, ...problems],
  };
}

function subjectsOf({ raw, translation }: Outcome): readonly Subject[] {
  const nodes = [...raw.nodes].map(([name, { snapshot }]) => ({ kind: "node" as const, name, snapshot }));
  const fleets = [...translation.fleets].map(([name, { snapshot }]) => ({ kind: "fleet" as const, name, snapshot }));
  return [...nodes, ...fleets].flatMap(({ kind, name, snapshot }) => {
    return snapshot === undefined ? [] : [{ kind, name, resources: resourcesOf(snapshot) }];
  });
}

function layersFor(node: string, { raw, model, translation }: Outcome): Resources | undefined {
  const own = (id: string): Snapshot | undefined => raw.nodes.get(id)?.snapshot;
  const groups = groupsOf(strangerWith(node), { fleets: model.fleets, hasSnapshot: (id) => own(id) !== undefined });
  const layers = groups.map((group) => {
    const fleet = fleetOfGroup(group);
    if (fleet !== undefined) return translation.fleets.get(fleet)?.snapshot;
    return group === unmatchedGroup ? toUnmatchedSnapshot(model.gateways) : own(group);
  });
  const present = layers.filter((layer) => layer !== undefined);
  return present.length === 0 ? undefined : resourcesOf(...present);
}
