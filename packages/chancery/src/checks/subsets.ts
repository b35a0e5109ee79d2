import { join } from "../model/join.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import { error } from "./finding.ts";
import { rulesOf } from "./rules.ts";

/** Destinations that want endpoints by labels that the service does not sort them by: nothing would answer. */
export function checkSubsets(route: Item<"routes">, model: Model): readonly ItemProblem[] {
  return rulesOf(route).flatMap(({ item, rule, path }) =>
    (rule.to ?? []).flatMap(({ service, subset }, i) => {
      const found = model.services.get(service);
      if (subset === undefined || found === undefined) return [];
      const wanted = Object.keys(subset).sort();
      const known = found.value.loadBalancing?.subsets ?? [];
      if (known.some((labels) => labels.toSorted().join() === wanted.join())) return [];
      return [
        error(item, {
          code: "unknown-subset",
          path: `${join(`${path}.to`, i)}.subset`,
          message: `service "${service}" has no subsets by ${wanted.join(", ")}`,
          hint: `add [${wanted.join(", ")}] to its loadBalancing.subsets`,
        }),
      ];
    }),
  );
}
