import { join } from "../model/join.ts";
import type { Item, ItemProblem } from "../model/model.ts";
import { warning } from "./finding.ts";

/** Destinations of routes for UDP that get nothing: Envoy sends all datagrams to one service. */
export function checkStreams(item: Item<"routes">): readonly ItemProblem[] {
  const { value } = item;
  if (!("to" in value) || value.protocol !== "udp") return [];
  return value.to.slice(1).map(({ service }, i) => {
    const message = `service "${service}" gets nothing: all datagrams go to the first one`;
    return warning(item, { code: "no-effect", path: join("to", i + 1), message });
  });
}
