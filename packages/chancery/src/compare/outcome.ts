import type { Outcome } from "../outcome.ts";
import { type State, type StateGroup, toObjects, toResources } from "./state.ts";

/** The state that documents lead to. */
export function toState({ model, raw, translation }: Outcome): State {
  const fleets = [...translation.fleets].map(([name, { snapshot }]): StateGroup => {
    return { kind: "fleet", name, resources: toResources(snapshot) };
  });
  const nodes = [...raw.nodes].flatMap(([name, { snapshot }]): StateGroup[] =>
    snapshot === undefined ? [] : [{ kind: "node", name, resources: toResources(snapshot) }],
  );
  return { objects: toObjects(model), groups: [...fleets, ...nodes] };
}
