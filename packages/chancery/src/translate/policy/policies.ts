import type { Item, Items } from "../../model/model.ts";
import { stableList } from "../memo.ts";
import { gatewaysOfRoute } from "../uses.ts";

/**
 * All policies by what they are for, such as `route/shop`, in the order of the documents. The same object as long as no
 * policy changes, and so is each list as long as none of it does.
 */
export type Policies = ReadonlyMap<string, readonly Item<"policies">[]>;

/** Follows the policies from call to call. */
export function createPolicies(): (items: Items<"policies">) => Policies {
  const stable = stableList<Item<"policies">>();
  let last: Items<"policies"> | undefined;
  let made: Policies = new Map();
  return (items) => {
    if (items === last) return made;
    const lists = new Map<string, Item<"policies">[]>();
    for (const item of items.values()) {
      for (const target of new Set(item.value.targets)) lists.set(target, [...(lists.get(target) ?? []), item]);
    }
    last = items;
    made = new Map([...lists].map(([target, list]) => [target, stable(target, list)]));
    return made;
  };
}

/** The policies for all requests of a listener; the closer ones last. */
export function policiesOfListener(policies: Policies, gateway: string, listener: string): readonly Item<"policies">[] {
  return [...at(policies, `gateway/${gateway}`), ...at(policies, `listener/${gateway}/${listener}`)];
}

/** The policies for one rule, beside those of the listeners that it is attached to; the closer ones last. */
export function policiesOfRule(policies: Policies, route: string, rule: string): readonly Item<"policies">[] {
  const [ofRoute, ofRule] = [at(policies, `route/${route}`), at(policies, `rule/${route}#${rule}`)];
  return ofRoute.length + ofRule.length === 0 ? none : [...ofRoute, ...ofRule];
}

/** Which filters of policies a listener has: none, all but those that are new, or all. */
export type PolicyFilters = "none" | "usual" | "all";

/** Those of the gateways of which some requests have a policy. */
export function gatewaysWithPolicies(policies: Policies, routes: Items<"routes">): ReadonlyMap<string, PolicyFilters> {
  const found = new Map<string, PolicyFilters>();
  for (const [target, items] of policies) {
    const filters = items.some(({ value }) => value.jwt) ? "all" : "usual";
    for (const name of gatewaysOfTarget(target, routes)) if (found.get(name) !== "all") found.set(name, filters);
  }
  return found;
}

/** The gateways by which requests come that a target is for. */
export function gatewaysOfTarget(target: string, routes: Items<"routes">): readonly string[] {
  const [kind, name = ""] = target.split(/[/#]/);
  if (kind === "gateway" || kind === "listener") return [name];
  const route = routes.get(name);
  return route === undefined ? none : gatewaysOfRoute(route);
}

function at(policies: Policies, target: string): readonly Item<"policies">[] {
  return policies.get(target) ?? none;
}

const none: readonly never[] = [];
