import type { ItemProblem, Model } from "../model/model.ts";
import { warning } from "./finding.ts";

/** Gateways that nobody gets, and checks that nobody makes. */
export function checkFleets(model: Model): readonly ItemProblem[] {
  return [...checkGateways(model), ...checkCheckers(model)];
}

function checkCheckers({ fleets, services }: Model): readonly ItemProblem[] {
  if ([...fleets.values()].some(({ value }) => value.healthChecks)) return [];
  return [...services.values()].flatMap((service) => {
    if (service.value.health?.active?.by !== "fleet") return [];
    const message = "nobody checks it: there is no fleet with healthChecks: true";
    const hint = "give it to a fleet whose bootstrap has --health-checks";
    return [warning(service, { code: "checks-without-fleet", path: "health.active.by", message, hint })];
  });
}

function checkGateways({ fleets, gateways }: Model): readonly ItemProblem[] {
  // A fleet that names one that does not exist may mean any, and keeps those that it had.
  const isUnsure = [...fleets.values()].some(({ value }) => value.gateways?.some((name) => !gateways.has(name)));
  if (isUnsure) return [];
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
