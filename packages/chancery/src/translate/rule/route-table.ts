import { isDeepStrictEqual } from "node:util";
import { KeyedList } from "../../keyed-list.ts";
import type { Item } from "../../model/model.ts";
import type { HttpRoute } from "../../model/route.ts";
import { type Policies, policiesOfRule } from "../policy/policies.ts";
import { compact, isSameList } from "../same.ts";
import type { AllFacts, ServiceFacts } from "../service-facts.ts";
import { servicesOfRoute } from "../uses.ts";
import type { OrderedRoutes } from "./precedence.ts";
import { type RuleRoute, toRuleRoutes } from "./rule.ts";

/** Envoy's routes of a route object, and what they were made of. */
export interface RouteTable extends OrderedRoutes {
  readonly item: Item<"routes">;
  /** Those for the route and for its rules. */
  readonly policies: readonly Item<"policies">[];
}

/** What routes are made with: what is known of services, and the policies. */
export interface TableContext {
  readonly facts: AllFacts;
  readonly policies: Policies;
}

/**
 * Makes the tables of route objects. The same object, the same facts of the services that it names and the same policies
 * for it give the same table, and a rule that comes out as it did last time the same routes.
 */
export function createRouteTables(): (item: Item<"routes">, route: HttpRoute, context: TableContext) => RouteTable {
  const made = new WeakMap<Item<"routes">, Made>();
  const newest = new Map<string, WeakRef<Made>>();
  return (item, route, context) => {
    const { facts } = context;
    const before = made.get(item);
    if (before?.context.facts === facts && before.context.policies === context.policies) return before.table;
    const names = before?.names ?? servicesOfRoute(item);
    const policies = policiesOfRoute(item.name, route, context);
    const isSame = before && names.every((name, index) => facts.get(name) === before.services[index]);
    if (isSame && isSameList(policies, before.table.policies)) {
      before.context = context;
      return before.table;
    }
    const services = names.map((name) => facts.get(name));
    const rules = toRules(item.name, route, context, (before ?? newest.get(item.name)?.deref())?.rules);
    const table = { item, order: route.order, routes: compact([...rules.values()].flat()), policies };
    const now = { context, names, services, rules, table };
    made.set(item, now);
    newest.set(item.name, new WeakRef(now));
    return table;
  };
}

function policiesOfRoute(name: string, { rules }: HttpRoute, { policies }: TableContext): readonly Item<"policies">[] {
  const list = Object.keys(rules).flatMap((rule) => policiesOfRule(policies, name, rule));
  return list.length === 0 ? none : list;
}

// Most routes have none.
const none: readonly never[] = [];

interface Made {
  /** Those that the table was last found to agree with. */
  context: TableContext;
  readonly names: readonly string[];
  /** What was known of the services that the rules name. */
  readonly services: readonly (ServiceFacts | undefined)[];
  readonly rules: RulesMade;
  readonly table: RouteTable;
}

type RulesMade = KeyedList<readonly RuleRoute[]>;

function toRules(
  route: string,
  { rules, protocol }: HttpRoute,
  context: TableContext,
  last: RulesMade | undefined,
): RulesMade {
  const services = context.facts;
  const made = Object.entries(rules).map(([rule, value]): [string, readonly RuleRoute[]] => {
    const policies = policiesOfRule(context.policies, route, rule);
    const routes = toRuleRoutes(value, { name: `${route}#${rule}`, protocol, services, policies });
    const before = last?.get(rule);
    return [rule, before !== undefined && isDeepStrictEqual(before, routes) ? before : routes];
  });
  return KeyedList.from(made);
}
