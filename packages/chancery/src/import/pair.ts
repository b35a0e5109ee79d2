import { isDeepStrictEqual } from "node:util";
import { isObject, type Json } from "../explain/json.ts";
import type { Comparable } from "./static.ts";

/** The same, in which each listener has the name of the one that the other side has at its address. */
export function withNamesOf(other: Comparable, own: Comparable): Comparable {
  const others = listenersOf(other);
  const entries = [...own].map(([key, resource]): [string, unknown] => {
    if (!isListener(key) || !isObject(resource)) return [key, resource];
    const same = others.find(([, { address }]) => isDeepStrictEqual(address, resource.address));
    return same === undefined ? [key, resource] : [same[0], { ...resource, name: same[1].name }];
  });
  return new Map(entries);
}

function listenersOf(comparable: Comparable): readonly (readonly [string, Json])[] {
  return [...comparable].flatMap(([key, resource]) =>
    isListener(key) && isObject(resource) ? [[key, resource] as const] : [],
  );
}

function isListener(key: string): boolean {
  return key.startsWith("listeners/");
}
