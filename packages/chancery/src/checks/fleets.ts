import type { Item, ItemProblem, Model } from "../model/model.ts";
import { warning } from "./finding.ts";

/** Gateways that nobody gets. */
export function checkServed(gateway: Item<"gateways">, { fleets, gateways }: Model): readonly ItemProblem[] {
  const { name } = gateway;
  const all = [...fleets.values()];
  // A fleet that names one that does not exist may mean any, and keeps those that it had.
  if (all.some(({ value }) => value.gateways?.some((other) => !gateways.has(other)))) return [];
  if (all.some(({ value }) => value.gateways?.includes(name) ?? true)) return [];
  const message = fleets.size === 0 ? "no Envoy gets it: there is no fleet" : "no Envoy gets it: no fleet has it";
  const hint =
    fleets.size === 0 ? `add one, such as fleets: { all: { match: "*" } }` : `add "${name}" to a fleet's gateways`;
  return [warning(gateway, { code: "gateway-without-fleet", path: "", message, hint })];
}

/** Checks that nobody makes. */
export function checkCheckers(service: Item<"services">, { fleets }: Model): readonly ItemProblem[] {
  if (service.value.health?.active?.by !== "fleet") return [];
  if ([...fleets.values()].some(({ value }) => value.healthChecks)) return [];
  const message = "nobody checks it: there is no fleet with healthChecks: true";
  const hint = "give it to a fleet whose bootstrap has --health-checks";
  return [warning(service, { code: "checks-without-fleet", path: "health.active.by", message, hint })];
}
