import { isDeepStrictEqual } from "node:util";
import type { Difference } from "../keyed-list.ts";
import { describePlace } from "../model/locate.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import type { Route } from "../model/route.ts";
import { attachmentsOf } from "../translate/gateway/attached.ts";
import { canShareHosts } from "../translate/gateway/share-hosts.ts";
import { error } from "./finding.ts";
import type { Check } from "./follow.ts";

/**
 * Hosts of one listener, or listeners for TCP and UDP, that two routes want: the first one keeps them, since nothing says
 * whose rules come first. While there is no conflict, only what routes newly want is compared with what the others have.
 */
export function createHostsCheck(): Check {
  let last: Model | undefined;
  let owners = new Owners();
  let problems: readonly ItemProblem[] = [];
  return (model) => {
    const before = problems.length === 0 && last?.gateways === model.gateways ? last : undefined;
    const difference = before && model.routes.differenceSince(before.routes);
    last = model;
    if (difference !== undefined && follow(owners, difference, model)) return problems;
    owners = new Owners();
    // A problem says where the other route stands, which may be elsewhere next time.
    problems = [...model.routes.values()].flatMap((item) => conflictsOf(item, { owners, model }));
    return problems;
  };
}

/** Who has each host of each listener, by the names of routes. */
class Owners {
  readonly #hosts = new Map<string, Map<string, string>>();

  hostsOf(listener: string): Map<string, string> {
    const hosts = this.#hosts.get(listener) ?? new Map<string, string>();
    this.#hosts.set(listener, hosts);
    return hosts;
  }
}

/** Stands for all that comes in by a listener on which nothing says which host is meant. */
const whole = "";

interface Claim {
  /** `<gateway>/<listener>` */
  readonly listener: string;
  readonly host: string;
}

/** False if that does not suffice: somebody wants what another one has, or shares it. */
function follow(owners: Owners, { removed, added, changed }: Difference<Item<"routes">>, model: Model): boolean {
  const moved = changed.filter(({ before, value }) => !wantsSame(before, value));
  const gone = [...removed.map(([, item]) => item), ...moved.map(({ before }) => before)];
  const come = [...added.map(([, item]) => item), ...moved.map(({ value }) => value)];
  if ([...gone, ...come].some(({ value }) => "rules" in value && value.order === "precedence")) return false;
  for (const item of gone) {
    for (const { listener, host } of claimsOf(item, model)) {
      if (owners.hostsOf(listener).get(host) === item.name) owners.hostsOf(listener).delete(host);
    }
  }
  return come.every((item) => conflictsOf(item, { owners, model }).length === 0);
}

function wantsSame({ value: a }: Item<"routes">, { value: b }: Item<"routes">): boolean {
  const wants = (route: Route) => [
    ...[route.parents, route.hosts, route.protocol],
    "rules" in route ? route.order : undefined,
  ];
  return isDeepStrictEqual(wants(a), wants(b));
}

function claimsOf({ value }: Item<"routes">, { gateways }: Model): readonly Claim[] {
  const names = new Set(value.parents.map((parent) => parent.split("/")[0] ?? ""));
  return [...names].flatMap((name) => {
    const gateway = gateways.get(name);
    const attachments = gateway === undefined ? [] : attachmentsOf(gateway, value);
    return attachments.flatMap(({ listener, hosts }) => {
      const protocol = gateway?.value.listeners[listener]?.protocol;
      const wanted = protocol === "TCP" || protocol === "UDP" ? [whole] : hosts;
      return wanted.map((host) => ({ listener: `${name}/${listener}`, host }));
    });
  });
}

/** Takes what is free for a route, and says what is not. */
function conflictsOf(
  item: Item<"routes">,
  { owners, model }: { readonly owners: Owners; readonly model: Model },
): readonly ItemProblem[] {
  const lost = new Map<string, Set<string>>();
  for (const { listener, host } of claimsOf(item, model)) {
    const hosts = owners.hostsOf(listener);
    const name = hosts.get(host);
    const owner = name === undefined ? undefined : model.routes.get(name);
    if (name === undefined || owner === undefined) hosts.set(host, item.name);
    else if (name !== item.name && !canShareHosts(owner.value, item.value)) {
      lost.set(name, (lost.get(name) ?? new Set()).add(host === whole ? listener : `${listener}/${host}`));
    }
  }
  return [...lost].flatMap(([name, keys]) => {
    const owner = model.routes.get(name);
    return owner === undefined ? [] : [toProblem(item, owner, { keys: [...keys], model })];
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
    hint:
      "rules" in item.value
        ? "put the rules into one route, or give both order: precedence, so that the most specific rule wins"
        : "give one of them another listener or other hosts, or name all services in one route",
  });
}
