import type { ItemProblem, Model } from "../model/model.ts";
import { error } from "./finding.ts";

/** Services that fall back on themselves. */
export function checkFailover({ services }: Model): readonly ItemProblem[] {
  return [...services.values()].flatMap((item) => {
    const { failover } = item.value;
    const circle = failover && circleFrom(item.name, [item.name], services);
    if (circle === undefined) return [];
    return [
      error(item, {
        code: "failover-circle",
        path: "failover",
        message: `leads back to itself: ${circle.join(" → ")}`,
      }),
    ];
  });
}

function circleFrom(start: string, way: readonly string[], services: Model["services"]): readonly string[] | undefined {
  for (const next of services.get(way.at(-1) ?? "")?.value.failover ?? []) {
    if (next === start) return [...way, next];
    const circle = way.includes(next) ? undefined : circleFrom(start, [...way, next], services);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
