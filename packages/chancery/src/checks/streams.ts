import { join } from "../model/join.ts";
import type { Item, ItemProblem } from "../model/model.ts";
import { nothingWeighed } from "./actions.ts";
import { error, warning } from "./finding.ts";

/** Destinations of connections and datagrams that get nothing. Envoy sends all datagrams to one service, and to any endpoint of it. */
export function checkStreams(item: Item<"routes">): readonly ItemProblem[] {
  const { value } = item;
  if (!("to" in value)) return [];
  const { to, protocol } = value;
  const first = to.findIndex(({ weight }) => weight > 0);
  if (first === -1) return [error(item, nothingWeighed("to"))];
  if (protocol !== "udp") return [];
  return to.flatMap(({ service, subset }, i) => {
    const path = join("to", i);
    const found = (where: string, message: string) => [warning(item, { code: "no-effect", path: where, message })];
    if (i !== first) return found(path, `service "${service}" gets nothing: all datagrams go to the first one`);
    return subset === undefined ? [] : found(join(path, "subset"), "has no effect: datagrams go to all endpoints");
  });
}
