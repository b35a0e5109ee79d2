import { type Json, objectIn, objectsIn, textIn, textsIn } from "../explain/json.ts";
import { secretNames } from "../translate/tls.ts";
import { mapObjects } from "./canonical.ts";
import type { Certificates } from "./certificates.ts";
import type { ChainPlan } from "./gateway/chain.ts";
import type { ListenerPlan } from "./gateway/plan.ts";
import { without } from "./normal.ts";
import type { HostPlan, RoutePlans } from "./routes.ts";
import { said } from "./values.ts";

/** Resources in one spelling, by type and name such as `clusters/shop`. */
export type ResourcesByKey = ReadonlyMap<string, Json>;

export interface Input {
  readonly listeners: readonly ListenerPlan[];
  readonly clusters: readonly Json[];
  readonly routes: RoutePlans;
  readonly certificates: Certificates;
}

/**
 * What the input says, in the form in which the model is translated: routes, endpoints and secrets are resources of their
 * own, and everything has the name that the model gives it. By the keys of the translation.
 */
export function toTargets(input: Input, translated: ResourcesByKey): ResourcesByKey {
  const targets = new Map<string, Json>();
  for (const cluster of input.clusters) {
    const name = textIn(cluster, "name");
    const drafted = translated.get(`clusters/${name}`);
    if (drafted === undefined) continue;
    const isOther = [cluster.type, cluster.cluster_type, cluster.eds_cluster_config].some((each) => each !== undefined);
    const apart = isFetched(drafted) && !isOther;
    const target = withReferences(cluster, usedOf(drafted, input.certificates));
    targets.set(`clusters/${name}`, apart ? withoutEndpoints(target, drafted) : target);
    if (apart) targets.set(`endpoints/${name}`, { ...objectIn(cluster, "load_assignment"), cluster_name: name });
  }
  for (const plan of input.listeners) {
    const drafted = translated.get(`listeners/${plan.name}`);
    if (drafted !== undefined) targets.set(`listeners/${plan.name}`, toListener(plan, drafted, input));
    for (const chain of plan.chains) {
      const key = `routes/${chain.door}`;
      const [own, routes] = [objectIn(chain.config, "route_config"), translated.get(key)];
      if (own === undefined || routes === undefined || targets.has(key)) continue;
      const hosts = input.routes.hosts.filter(({ door }) => door === chain.door);
      const virtualHosts = toVirtualHosts(hosts, routes);
      const some = virtualHosts.length > 0 && { virtual_hosts: virtualHosts };
      targets.set(key, { ...without(own, "virtual_hosts"), name: chain.door, ...some });
    }
  }
  return targets;
}

function isFetched(cluster: Json): boolean {
  return objectIn(objectIn(cluster, "eds_cluster_config"), "eds_config")?.ads !== undefined;
}

function withoutEndpoints(cluster: Json, drafted: Json): Json {
  const { type, eds_cluster_config } = drafted;
  const rest = without(cluster, "load_assignment");
  return { ...rest, ...(type !== undefined && { type }), ...(eds_cluster_config && { eds_cluster_config }) };
}

function toListener(plan: ListenerPlan, drafted: Json, input: Input): Json {
  const { json, name, chains, isRaw } = plan;
  if (isRaw || chains.length === 0) return { ...json, name };
  const order = objectsIn(drafted, "filter_chains").map((chain) => textIn(chain, "name"));
  const used = usedOf(drafted, input.certificates);
  const targets = chains.map((chain) => toFilterChain(chain, { routes: input.routes, used, drafted }));
  const placeOf = (chain: Json) => order.indexOf(textIn(chain, "name"));
  // Which chain takes a connection does not depend on their order.
  return { ...json, name, filter_chains: targets.toSorted((a, b) => placeOf(a) - placeOf(b)) };
}

interface ChainContext {
  readonly routes: RoutePlans;
  readonly used: Used;
  readonly drafted: Json;
}

function toFilterChain(chain: ChainPlan, { routes, used, drafted }: ChainContext): Json {
  const route = routes.ofChains.get(chain);
  const isTls = chain.protocol === "TLS" && route !== undefined;
  const filter: Json = { ...chain.filter, typed_config: withResting(toFilter(chain, routes), drafted) };
  const filters: readonly Json[] = [...objectsIn(chain.json, "filters").slice(0, -1), filter];
  return {
    ...withReferences(chain.json, used),
    name: isTls ? `${chain.door}/${route}` : chain.door,
    filters,
  };
}

/** The routes come by the door's name, unless they are others than those that the door has. */
function toFilter({ config, door }: ChainPlan, { hosts }: RoutePlans): Json {
  const own = objectIn(config, "route_config");
  const ofDoor = hosts.filter((host) => host.door === door).map(({ json }) => json);
  if (own === undefined || JSON.stringify(own.virtual_hosts ?? []) !== JSON.stringify(ofDoor)) return config;
  return { ...without(config, "route_config"), rds: { config_source: aggregated, route_config_name: door } };
}

/** With the filters that the model has ready and that nobody turns on: they do nothing. */
function withResting(config: Json, drafted: Json): Json {
  if (config.http_filters === undefined) return config;
  const own = objectsIn(config, "http_filters");
  const chains = objectsIn(drafted, "filter_chains").flatMap((chain) => objectsIn(chain, "filters"));
  const manager = chains
    .map((filter) => objectIn(filter, "typed_config"))
    .find((each) => each?.http_filters !== undefined);
  const resting = objectsIn(manager, "http_filters").filter(({ name, disabled }) => {
    return disabled === true && !own.some((filter) => filter.name === name);
  });
  return { ...config, http_filters: [...resting, ...own] };
}

const aggregated = { ads: {}, resource_api_version: "V3" };

/** The certificate objects that a resource of the model refers to. */
interface Used {
  readonly certificate: (certificate: Json) => string | undefined;
  readonly authorities: (context: Json) => string | undefined;
  /** Whether it says conditions beside authorities even where there are none. */
  readonly combines: boolean;
}

function usedOf(drafted: Json, certificates: Certificates): Used {
  const text = JSON.stringify(drafted);
  const used = (kind: "certificate" | "ca", name: string | undefined) =>
    name !== undefined && text.includes(JSON.stringify(secretNames[kind](name))) ? name : undefined;
  return {
    certificate: (certificate) => used("certificate", certificates.knownCertificate(certificate)),
    authorities: (context) => used("ca", certificates.knownAuthorities(context)),
    combines: drafted.filter_chains === undefined,
  };
}

/** With certificates and authorities by reference, where the model has them so. */
function withReferences(value: Json, certificates: Used): Json {
  // An object with its parts made anew is one.
  return mapObjects(value, (object, key) =>
    key === "common_tls_context" ? toReferences(object, certificates) : object,
  ) as Json;
}

function toReferences(common: Json, certificates: Used): Json {
  const own = objectsIn(common, "tls_certificates");
  const names = own.flatMap((certificate) => certificates.certificate(certificate) ?? []);
  const isWhole = own.length > 0 && names.length === own.length;
  const validation = objectIn(common, "validation_context");
  const ca = validation && certificates.authorities(validation);
  const rest = isWhole ? without(common, "tls_certificates") : common;
  const shown = isWhole && { tls_certificate_sds_secret_configs: names.map((name) => secret("certificate", name)) };
  if (validation === undefined || ca === undefined) return { ...rest, ...shown };
  const { trusted_ca: _t, crl: _c, ...conditions } = validation;
  const reference = { validation_context_sds_secret_config: secret("ca", ca) };
  const conditional = said(conditions);
  return {
    ...without(rest, "validation_context"),
    ...shown,
    // What is set here goes beside what the secret has.
    ...(conditional === undefined && !certificates.combines
      ? reference
      : { combined_validation_context: { default_validation_context: conditions, ...reference } }),
  };
}

function secret(kind: "certificate" | "ca", name: string): Json {
  return { name: secretNames[kind](name), sds_config: aggregated };
}

/** The virtual hosts of the input in the places of those that the model makes of them, one for each of their domains. */
function toVirtualHosts(hosts: readonly HostPlan[], routes: Json): readonly Json[] {
  const drafted = objectsIn(routes, "virtual_hosts");
  const places = new Map<Json, Json>();
  const extra: Json[] = [];
  for (const host of hosts) {
    const { json, route, rules } = host;
    const domains = textsIn(json, "domains");
    const named = { ...json, routes: nameRoutes(objectsIn(json, "routes"), route, rules) };
    const own = drafted.filter((each) => isOf(each, route));
    const matched = own.filter((each) => domains.includes(textsIn(each, "domains")[0] ?? ""));
    const rest = domains.filter((domain) => !matched.some((each) => textsIn(each, "domains")[0] === domain));
    const first = matched[0] ?? own.find((each) => !places.has(each));
    for (const each of matched) {
      const own = textsIn(each, "domains");
      places.set(each, { ...named, name: textIn(each, "name"), domains: each === first ? [...own, ...rest] : own });
    }
    if (matched.length > 0) continue;
    if (first === undefined) extra.push({ ...named, name: `${host.door}/${textIn(json, "name")}` });
    else places.set(first, { ...named, name: textIn(first, "name"), domains });
  }
  const placed = drafted.map((each) => places.get(each)).filter((each) => each !== undefined);
  return [...placed, ...extra];
}

/** Whether a virtual host was made of a route object. */
function isOf(virtualHost: Json, route: string): boolean {
  const [first] = objectsIn(virtualHost, "routes");
  return textIn(first, "name").startsWith(`${route}#`);
}

function nameRoutes(list: readonly Json[], route: string, rules: readonly string[]): readonly Json[] {
  return list.map((each, index): Json => ({ ...each, name: `${route}#${rules[index] ?? ""}` }));
}
