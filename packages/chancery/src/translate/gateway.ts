import type { Item } from "../model/model.ts";
import type { Draft } from "./draft.ts";
export interface GatewayInput {
  readonly fleet: Item<"fleets">;
  readonly gateway: Item<"gateways">;
  readonly routes: readonly Item<"routes">[];
  readonly services: ReadonlyMap<string, Item<"services">>;
  readonly certificates: ReadonlyMap<string, Item<"certificates">>;
}
export function createGatewayTranslator(): (input: GatewayInput) => readonly Draft[] {
  return () => [];
}
