import type { Item, Items } from "../model/model.ts";
import type { Draft } from "./draft.ts";
import { type Attached, createAttachments } from "./gateway/attached.ts";
import { createListenerDrafts } from "./gateway/listener-drafts.ts";
import { toPorts } from "./gateway/ports.ts";
import { createRouteDrafts } from "./gateway/route-drafts.ts";
import { memo } from "./memo.ts";
import type { Policies, PolicyFilters } from "./policy/policies.ts";
import { createFacts } from "./service-facts.ts";

/** A gateway as one fleet has it, and what there is for it. */
export interface GatewayInput {
  readonly fleet: Item<"fleets">;
  readonly gateway: Item<"gateways">;
  /** All that name the gateway among their parents, in the order of the documents. */
  readonly routes: readonly Item<"routes">[];
  readonly services: Items<"services">;
  readonly certificates: ReadonlyMap<string, Item<"certificates">>;
  readonly policies: Policies;
  /** Which filters those of them take that are for requests of the gateway. */
  readonly policyFilters: PolicyFilters;
}

/**
 * Returns the function that makes listeners and route configurations of gateways, of any number of them. It remembers
 * what it made: input that is the same object gives the same drafts, and in drafts the same virtual hosts and routes.
 */
export function createGatewayTranslator(): (input: GatewayInput) => readonly Draft[] {
  const factsOf = createFacts();
  const portsOf = memo(toPorts);
  const attach = createAttachments();
  const toListenerDrafts = createListenerDrafts();
  const toRouteDrafts = createRouteDrafts();
  const streamsOf = memo((attached: readonly Attached[]) => attached.flatMap(({ streams }) => streams));
  return ({ fleet, gateway, routes, services, certificates, policies, policyFilters }) => {
    const facts = factsOf(services);
    const ports = portsOf(gateway);
    const attached = attach({ gateway, ports, facts, policies, routes });
    const streams = streamsOf(attached);
    return [
      ...toListenerDrafts({ fleet, gateway, ports, streams, facts, certificates, policyFilters }),
      ...toRouteDrafts({ gateway, ports, attached, policies }),
    ];
  };
}
