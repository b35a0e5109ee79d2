import type {
  RouteAction_UpgradeConfigJson,
  RouteActionJson,
  RouteMatchJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Match } from "../../model/match.ts";
import type { Rule } from "../../model/route.ts";
import type { ServiceFacts } from "../service-facts.ts";
import { toConditions, trimSlashes } from "./match.ts";
import type { RuleContext } from "./rule.ts";

/** Whether CONNECT requests, which have no path, are among those that a match takes. */
export function wantsConnect({ upgrades = [] }: Rule, { path, methods }: Match): boolean {
  const asksNoPath = path === undefined || (path.prefix !== undefined && trimSlashes(path.prefix) === "");
  const takesMethod = methods === undefined || methods.includes("CONNECT");
  return takesMethod && asksNoPath && upgrades.some((upgrade) => upgrade !== "websocket");
}

/** Whether nothing but CONNECT requests can match. */
export function isConnectOnly(rule: Rule, match: Match): boolean {
  return wantsConnect(rule, match) && match.methods?.every((method) => method === "CONNECT") === true;
}

/** Only this kind of match takes CONNECT requests of HTTP/1. */
export function toConnectMatch(match: Match): RouteMatchJson {
  return { connectMatcher: {}, ...toConditions({ ...match, methods: undefined }) };
}

/** The protocols that a request may change to. */
export function upgrades({ upgrades, to = [] }: Rule, { services }: RuleContext): Partial<RouteActionJson> {
  if (upgrades === undefined) return {};
  const passesOn = to.some(({ service }) => speaksConnect(services.get(service)));
  // Envoy refuses one that is there twice.
  return { upgradeConfigs: [...new Set(upgrades)].map((upgrade) => toUpgradeConfig(upgrade, passesOn)) };
}

function toUpgradeConfig(
  upgrade: NonNullable<Rule["upgrades"]>[number],
  passesOn: boolean,
): RouteAction_UpgradeConfigJson {
  if (upgrade === "websocket") return { upgradeType: "websocket" };
  // With connectConfig Envoy answers the CONNECT and sends what follows as bytes; without, the service gets the CONNECT.
  return { upgradeType: upgrade.toUpperCase(), ...(!passesOn && { connectConfig: {} }) };
}

function speaksConnect(facts: ServiceFacts | undefined): boolean {
  return facts?.protocol === "http2" || facts?.protocol === "http3";
}
