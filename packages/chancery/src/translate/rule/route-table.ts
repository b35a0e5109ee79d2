import { isDeepStrictEqual } from "node:util";
import type { Item } from "../../model/model.ts";
import type { HttpRoute } from "../../model/route.ts";
import type { AllFacts, ServiceFacts } from "../service-facts.ts";
import { servicesOfRoute } from "../uses.ts";
import type { OrderedRoutes } from "./precedence.ts";
import { type RuleRoute, toRuleRoutes } from "./rule.ts";

/** Envoy's routes of a route object, and what they were made of. */
export interface RouteTable extends OrderedRoutes {
  readonly item: Item<"routes">;
}

/**
 * Makes the tables of route objects. The same object and the same facts of the services that it names give the same
 * table, and a rule that comes out as it did last time the same routes.
 */
export function createRouteTables(): (item: Item<"routes">, route: HttpRoute, facts: AllFacts) => RouteTable {
  const made = new WeakMap<Item<"routes">, Made>();
  const newest = new Map<string, WeakRef<Made>>();
  return (item, route, facts) => {
    const before = made.get(item);
    if (before?.facts === facts) return before.table;
    const names = before?.names ?? servicesOfRoute(item);
    if (before && names.every((name, index) => facts.get(name) === before.services[index])) {
      before.facts = facts;
      return before.table;
    }
    const services = names.map((name) => facts.get(name));
    const rules = toRules(item.name, route, facts, (before ?? newest.get(item.name)?.deref())?.rules);
    const table = { item, order: route.order, routes: [...rules.values()].flat() };
    const now = { facts, names, services, rules, table };
    made.set(item, now);
    newest.set(item.name, new WeakRef(now));
    return table;
  };
}

interface Made {
  /** Those that the table was last found to agree with. */
  facts: AllFacts;
  readonly names: readonly string[];
  /** What was known of the services that the rules name. */
  readonly services: readonly (ServiceFacts | undefined)[];
  readonly rules: RulesMade;
  readonly table: RouteTable;
}

type RulesMade = ReadonlyMap<string, readonly RuleRoute[]>;

function toRules(route: string, { rules, protocol }: HttpRoute, services: AllFacts, last?: RulesMade): RulesMade {
  const made = Object.entries(rules).map(([rule, value]): [string, readonly RuleRoute[]] => {
    const routes = toRuleRoutes(value, { name: `${route}#${rule}`, protocol, services });
    const before = last?.get(rule);
    return [rule, before !== undefined && isDeepStrictEqual(before, routes) ? before : routes];
  });
  return new Map(made);
}
