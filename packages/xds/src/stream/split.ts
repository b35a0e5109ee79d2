import type { Resource } from "../resource/resource.ts";
import type { Update } from "./update.ts";

/** The parts of an update that each fit into `maxBytes`, or hold one resource; the first says what is gone. */
export function splitUpdate(update: Update, maxBytes: number): readonly Update[] {
  const known = parts.get(update);
  if (known !== undefined) return known;
  const groups: Resource[][] = [[]];
  let size = 0;
  for (const resource of update.resources) {
    size += resource.length;
    if (size > maxBytes && groups.at(-1)?.length !== 0) {
      groups.push([]);
      size = resource.length;
    }
    groups.at(-1)?.push(resource);
  }
  const [first = [], ...others] = groups;
  const rest = others.map((resources) => ({ resources, removed: [], missing: [] }));
  const split = rest.length === 0 ? [update] : [{ ...update, resources: first }, ...rest];
  parts.set(update, split);
  return split;
}

const parts = new WeakMap<Update, readonly Update[]>();
