import { parseSnapshot, type Snapshot } from "@chancery/xds";
import { toStaticResources } from "../translate/static.ts";
import type { Translation } from "../translate/translator.ts";
import { type StateGroup, toResources } from "./state.ts";

/** What the Envoys of each fleet would have if it stood in their own file, with all in its place. */
export function toStaticGroups({ fleets }: Translation): readonly StateGroup[] {
  return [...fleets].map(([name, { drafts }]) => {
    const parsed = parseSnapshot({ resources: toStaticResources(drafts.values()) });
    // Each resource was encoded before it was put into its place.
    if (!parsed.ok) throw new TypeError(`Fleet "${name}" has no static form: ${parsed.problems[0]?.message}`);
    return toGroup(name, parsed.snapshot);
  });
}

/** What an Envoy has by its own file. */
export function toGroup(name: string, snapshot: Snapshot): StateGroup {
  return { kind: "fleet", name, resources: toResources(snapshot) };
}

/** Groups of two sides by the same name, if there is no doubt which belong together: one each. */
export function pairGroups(
  before: readonly StateGroup[],
  after: readonly StateGroup[],
): readonly [readonly StateGroup[], readonly StateGroup[]] {
  const [[old, ...moreBefore], [now, ...moreAfter]] = [before, after];
  if (old === undefined || now === undefined || moreBefore.length > 0 || moreAfter.length > 0) return [before, after];
  return [[{ ...old, name: now.name }], [now]];
}
