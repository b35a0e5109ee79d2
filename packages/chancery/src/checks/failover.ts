import type { Item, ItemProblem, Model } from "../model/model.ts";
import { error } from "./finding.ts";

/** Services that fall back on themselves. */
export function checkFailover(item: Item<"services">, { services }: Model): readonly ItemProblem[] {
  const { failover } = item.value;
  const circle = failover && circleFrom(item.name, [item.name], services);
  if (circle === undefined) return [];
  const message = `leads back to itself: ${circle.join(" → ")}`;
  return [error(item, { code: "failover-circle", path: "failover", message })];
}

function circleFrom(start: string, way: readonly string[], services: Model["services"]): readonly string[] | undefined {
  for (const next of services.get(way.at(-1) ?? "")?.value.failover ?? []) {
    if (next === start) return [...way, next];
    const circle = way.includes(next) ? undefined : circleFrom(start, [...way, next], services);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
