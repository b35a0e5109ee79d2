import { join } from "../model/join.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import type { Destination } from "../model/route.ts";
import { error } from "./finding.ts";
import { rulesOf } from "./rules.ts";

/** Destinations that want endpoints by labels that the service does not sort them by: nothing would answer. */
export function checkSubsets(route: Item<"routes">, model: Model): readonly ItemProblem[] {
  return destinationsOf(route).flatMap(({ service, subset, path }) => {
    const found = model.services.get(service);
    if (subset === undefined || found === undefined) return [];
    const wanted = Object.keys(subset).sort();
    const known = found.value.loadBalancing?.subsets ?? [];
    if (known.some((labels) => labels.toSorted().join() === wanted.join())) return [];
    return [
      error(route, {
        code: "unknown-subset",
        path: `${path}.subset`,
        message: `service "${service}" has no subsets by ${wanted.join(", ")}`,
        hint: `add [${wanted.join(", ")}] to its loadBalancing.subsets`,
      }),
    ];
  });
}

interface PlacedDestination extends Destination {
  readonly path: string;
}

function destinationsOf(item: Item<"routes">): readonly PlacedDestination[] {
  const { value } = item;
  const lists =
    "rules" in value
      ? rulesOf(item).map(({ rule, path }) => ({ to: rule.to ?? [], path: `${path}.to` }))
      : [{ to: value.to, path: "to" }];
  return lists.flatMap(({ to, path }) => to.map((destination, i) => ({ ...destination, path: join(path, i) })));
}
