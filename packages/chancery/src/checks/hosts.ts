import { isDeepStrictEqual } from "node:util";
import { describePlace } from "../model/locate.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import type { Route } from "../model/route.ts";
import { attachmentsOf } from "../translate/gateway/attached.ts";
import { canShareHosts } from "../translate/gateway/share-hosts.ts";
import { error } from "./finding.ts";
import type { Check } from "./follow.ts";

/**
 * Hosts of one listener that two routes want: the first one keeps them, since nothing says whose rules come first. As long
 * as there is no conflict and no route wants other hosts than before, there is none.
 */
export function createHostsCheck(): Check {
  let last: Model | undefined;
  let problems: readonly ItemProblem[] = [];
  return (model) => {
    const changes = last?.gateways === model.gateways ? model.routes.changesSince(last.routes) : undefined;
    // A problem says where the other route stands, which may be elsewhere now.
    const isSame = problems.length === 0 && changes?.every(({ before, value }) => wantsSame(before, value));
    if (!isSame) problems = checkHosts(model);
    last = model;
    return problems;
  };
}

function wantsSame({ value: a }: Item<"routes">, { value: b }: Item<"routes">): boolean {
  const wants = (route: Route) => [
    route.parents,
    route.hosts,
    route.protocol,
    "rules" in route ? route.order : undefined,
  ];
  return isDeepStrictEqual(wants(a), wants(b));
}

function checkHosts(model: Model): readonly ItemProblem[] {
  const owners = new Map<string, Item<"routes">>();
  return [...model.routes.values()].flatMap((item) => {
    if (!("rules" in item.value)) return [];
    const lost = new Map<Item<"routes">, Set<string>>();
    for (const gatewayName of new Set(item.value.parents.map((parent) => parent.split("/")[0] ?? ""))) {
      const gateway = model.gateways.get(gatewayName);
      if (gateway === undefined) continue;
      for (const { listener, hosts } of attachmentsOf(gateway, item.value)) {
        for (const host of hosts) {
          const key = `${gatewayName}/${listener}/${host}`;
          const owner = owners.get(key);
          if (owner === undefined) owners.set(key, item);
          else if (owner !== item && !canShareHosts(owner.value, item.value)) {
            lost.set(owner, (lost.get(owner) ?? new Set()).add(key));
          }
        }
      }
    }
    return [...lost].map(([owner, keys]) => toProblem(item, owner, { keys: [...keys], model }));
  });
}

function toProblem(
  item: Item<"routes">,
  owner: Item<"routes">,
  { keys, model }: { keys: readonly string[]; model: Model },
): ItemProblem {
  const what = keys.length === 1 ? `"${keys[0]}" is` : `"${keys[0]}" and ${keys.length - 1} more are`;
  return error(item, {
    code: "host-conflict",
    path: item.value.hosts === undefined ? "" : "hosts",
    message: `${what} taken by ${describePlace(model, owner)}, which keeps ${keys.length === 1 ? "it" : "them"}`,
    hint: "put the rules into one route, or give both order: precedence, so that the most specific rule wins",
  });
}
