import type { Api } from "../descriptors/api.ts";
import { didYouMean, editDistance } from "./suggest.ts";

/** Asks whether a known type was meant: the v3 type that took the place of this one, or one with a similar name. */
export function suggestType(api: Api, name: string): string | undefined {
  return didYouMean(api.successor(name) ?? nearestType(api, name));
}

function nearestType(api: Api, name: string): string | undefined {
  const names = [...api.messages()];
  const simple = simpleName(name);
  const namesakes = names.filter((candidate) => simpleName(candidate) === simple);
  return nearest(name, namesakes, Number.POSITIVE_INFINITY) ?? nearest(name, names, maxDistance);
}

/** Names further away than this are not what was meant. */
const maxDistance = 8;

function nearest(name: string, candidates: readonly string[], limit: number): string | undefined {
  let best: string | undefined;
  let bestDistance = limit;
  for (const candidate of candidates) {
    const distance = editDistance(name.slice(0, 200), candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function simpleName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}
