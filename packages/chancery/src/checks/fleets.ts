import type { ItemProblem, Model } from "../model/model.ts";
import { warning } from "./finding.ts";

/** Gateways that nobody gets. */
export function checkFleets({ fleets, gateways }: Model): readonly ItemProblem[] {
  return [...gateways.values()].flatMap((gateway) => {
    const { name } = gateway;
    const isServed = [...fleets.values()].some(({ value }) => value.gateways?.includes(name) ?? true);
    if (isServed) return [];
    const message = fleets.size === 0 ? "no Envoy gets it: there is no fleet" : "no Envoy gets it: no fleet has it";
    const hint =
      fleets.size === 0 ? `add one, such as fleets: { all: { match: "*" } }` : `add "${name}" to a fleet's gateways`;
    return [warning(gateway, { code: "gateway-without-fleet", path: "", message, hint })];
  });
}
