import { type Json, objectIn, objectsIn, textIn, textsIn } from "../explain/json.ts";
import { route as schema } from "../model/route.ts";
import { hostname } from "../model/values.ts";
import { fit } from "./fit.ts";
import type { ChainPlan } from "./gateway/chain.ts";
import { type ListenerPlan, udpClusterOf } from "./gateway/plan.ts";
import { Names } from "./names.ts";
import { without } from "./normal.ts";
import { toDestinations } from "./route/action.ts";
import { nameOfMatch } from "./route/match.ts";
import { type RouteNames, toRule } from "./route/rule.ts";
import { type Authored, oneOrMore, said } from "./values.ts";

/** A virtual host of the input, and the route that says what it does. */
export interface HostPlan {
  readonly json: Json;
  readonly door: string;
  readonly route: string;
  /** For each of its routes the rule, in their order. */
  readonly rules: readonly string[];
}

export interface RoutePlans {
  /** What is said of routes, by name. */
  readonly routes: ReadonlyMap<string, Authored>;
  readonly hosts: readonly HostPlan[];
  /** The routes that filter chains of connections go by. */
  readonly ofChains: ReadonlyMap<ChainPlan, string>;
}

interface RouteDraft {
  readonly parents: string[];
  readonly content: Authored;
  readonly rules: readonly string[];
}

/** Makes routes of virtual hosts, those that are the same in several listeners once, and of where connections go. */
export function planRoutes(listeners: readonly ListenerPlan[], services: RouteNames): RoutePlans {
  const names = new Names();
  const drafts = new Map<string, RouteDraft>();
  const byContent = new Map<string, string>();
  const hosts: HostPlan[] = [];
  const ofChains = new Map<ChainPlan, string>();
  const done = new Set<string>();

  const addHost = (json: Json, door: string): void => {
    const key = JSON.stringify(without(json, "name"));
    const name = byContent.get(key) ?? names.take(...wantedNames(json));
    byContent.set(key, name);
    const known = drafts.get(name);
    const draft = known ?? { parents: [], ...toHttpRoute(json, services) };
    if (!draft.parents.includes(door)) draft.parents.push(door);
    drafts.set(name, draft);
    hosts.push({ json, door, route: name, rules: draft.rules });
  };

  const addStream = (wanted: readonly string[], content: Authored): string => {
    const name = names.take(...wanted);
    drafts.set(name, { parents: [], content, rules: [] });
    return name;
  };

  for (const { chains, udp, gateway } of listeners) {
    for (const chain of chains) {
      const isHttp = chain.protocol === "HTTP" || chain.protocol === "HTTPS";
      if (isHttp && !done.has(chain.door)) {
        done.add(chain.door);
        const virtualHosts = objectsIn(objectIn(chain.config, "route_config"), "virtual_hosts");
        for (const virtualHost of virtualHosts) addHost(virtualHost, chain.door);
      }
      if (isHttp) continue;
      const to = toDestinations(chain.config, services);
      const isTls = chain.protocol === "TLS";
      const name = addStream([textIn(chain.config, "stat_prefix"), textIn(chain.config, "cluster"), "connections"], {
        protocol: isTls ? "tls" : "tcp",
        ...said({ hosts: isTls ? oneOrMore(chain.serverNames) : undefined, to }),
      });
      drafts.get(name)?.parents.push(chain.door);
      ofChains.set(chain, name);
    }
    if (udp === undefined) continue;
    const cluster = udpClusterOf(udp.config);
    const name = addStream([textIn(udp.config, "stat_prefix"), cluster, "datagrams"], {
      protocol: "udp",
      ...said({ to: services.service(cluster) }),
    });
    drafts.get(name)?.parents.push(`${gateway}/${udp.listener}`);
  }
  const routes = [...drafts].map(([name, { parents, content }]): [string, Authored] => {
    const whole = { parents: oneOrMore(parents), ...content };
    return [name, fit(schema, whole) ?? whole];
  });
  return { routes: new Map(routes), hosts, ofChains };
}

/** The route of one of our own translations has its name in those of Envoy's routes. */
function wantedNames(virtualHost: Json): readonly string[] {
  const [first] = objectsIn(virtualHost, "routes");
  const [own] = textIn(first, "name").match(/^[a-z0-9-]+(?=#)/) ?? [];
  const [domain = ""] = textsIn(virtualHost, "domains");
  return [...(own === undefined ? [] : [own]), textIn(virtualHost, "name"), domain === "*" ? "" : domain, "route"];
}

function toHttpRoute(virtualHost: Json, services: RouteNames): Pick<RouteDraft, "content" | "rules"> {
  const hosts = hostsOf(virtualHost);
  const ruleNames = new Names();
  const routes = objectsIn(virtualHost, "routes");
  const isGrpc = routes.length > 0 && routes.every(isGrpcRoute);
  const list = routes.map((route): [string, Authored] => {
    const own = textIn(route, "name").split("#").at(-1);
    const { timeout, ...rule } = toRule(route, services);
    // Calls say their own deadline.
    const isUnsaid = timeout === undefined || (isGrpc && timeout === "off");
    const name = ruleNames.take(own, nameOfMatch(objectIn(route, "match")), "rule");
    return [name, isUnsaid ? rule : { ...rule, timeout }];
  });
  const [only] = list;
  const isShort = list.length === 1 && only?.[0] === "all";
  return {
    rules: list.map(([name]) => name),
    content: {
      ...said({
        hosts: hosts.includes("*") ? undefined : oneOrMore(hosts),
        protocol: isGrpc ? "grpc" : undefined,
      }),
      ...(isShort ? only?.[1] : { rules: Object.fromEntries(list) }),
    },
  };
}

/** Whether a route is for calls of gRPC, which end when they say, within what the route allows. */
function isGrpcRoute(route: Json): boolean {
  const action = objectIn(route, "route");
  const limit = objectIn(action, "max_stream_duration")?.grpc_timeout_header_max;
  const isFree = action === undefined || (limit !== undefined && limit === action.timeout);
  return objectIn(objectIn(route, "match"), "grpc") !== undefined && isFree;
}

/** The domains that the model knows; with all others, such as those with a port, a patch stands in. */
export function hostsOf(virtualHost: Json): readonly string[] {
  const domains = textsIn(virtualHost, "domains");
  const known = domains.filter((domain) => hostname.safeParse(domain).success);
  if (known.length > 0) return known;
  // Something has to be there for the patch to change.
  const [first = "unknown"] = domains;
  const plain = first.toLowerCase().replace(/:.*$/, "");
  return [hostname.safeParse(plain).success ? plain : "unknown.invalid"];
}
