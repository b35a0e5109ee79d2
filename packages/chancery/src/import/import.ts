import type { JsonProblem, JsonValue } from "@chancery/envoy-api";
import { type Json, objectIn, objectsIn, textIn } from "../explain/json.ts";
import { fleet as schema } from "../model/fleet.ts";
import { mapObjects, toCanonical } from "./canonical.ts";
import { Certificates, withSecrets } from "./certificates.ts";
import { renameClusters, type ServiceNames, toServiceNames } from "./clusters.ts";
import { fromEnvoyForms } from "./envoy-forms.ts";
import { fit } from "./fit.ts";
import { accessLogOf } from "./gateway/access-log.ts";
import { type ListenerPlan, planListeners } from "./gateway/plan.ts";
import { modernise, withCheckedHost, withFirstChain } from "./modernise.ts";
import { Names, toName } from "./names.ts";
import { toNormal } from "./normal.ts";
import { notesOf } from "./notes.ts";
import { type Operation, toOperations } from "./operations.ts";
import { planRoutes } from "./routes.ts";
import { toService } from "./service/service.ts";
import { type Comparable, toComparable } from "./static.ts";
import { type Input, type ResourcesByKey, toTargets } from "./target.ts";
import { translateConfig } from "./translate.ts";
import { type Authored, oneOrMore, said } from "./values.ts";

export interface ImportOptions {
  /** Leaves out the patches that the model would need to say just what the input says. */
  readonly plain?: boolean;
}

/** Something of the input that a person should know about. */
export interface Note {
  /** Where it stands in the input. */
  readonly path: string;
  readonly message: string;
}

/** Something that the model calls by another name. */
export interface Renamed {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
}

export interface Imported {
  /** The input, in one spelling. */
  readonly bootstrap: Json;
  /** What a person writes, by kind and name. */
  readonly config: Authored;
  readonly notes: readonly Note[];
  readonly names: readonly Renamed[];
  /** The input, by the names of the model, in the form that `toComparable` gives a translation. */
  readonly expected: Comparable;
}

export type ImportResult =
  | ({ readonly ok: true } & Imported)
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

const bootstrapType = "envoy.config.bootstrap.v3.Bootstrap";

/**
 * Makes a model of a static bootstrap: what the model can say as a person would write it, all else as patches on what the
 * model is translated to.
 */
export function importBootstrap(content: unknown, { plain = false }: ImportOptions = {}): ImportResult {
  const canonical = toCanonical(bootstrapType, fromEnvoyForms(bootstrapType, content));
  if (!canonical.ok) return canonical;
  const bootstrap = canonical.json;
  const resources = objectIn(bootstrap, "static_resources");
  const own = objectsIn(resources, "clusters").map((cluster) => modernise(withCheckedHost(cluster)));
  const names = toServiceNames(own);
  const secrets = objectsIn(resources, "secrets");
  const certificates = new Certificates(secrets, new Names());
  const ready = (part: Json): Json => {
    const inPlace = mapObjects(part, (object, key) =>
      key === "common_tls_context" ? withSecrets(object, (reference) => certificates.secretOf(reference)) : object,
    );
    // An object with its parts made anew is one.
    return renameClusters(inPlace, names) as Json;
  };
  const clusters = own.map((cluster) => ready({ ...cluster, name: names.get(textIn(cluster, "name")) ?? "" }));
  const listeners = objectsIn(resources, "listeners").map((listener) => ready(withFirstChain(listener)));
  const known = new Set(clusters.map((cluster) => textIn(cluster, "name")));
  const services = { service: (name: string) => (known.has(name) ? name : undefined) };
  const plan = planListeners(listeners, { certificates, services, plain });
  const routes = planRoutes(plan.listeners, services);
  const streams = streamsOf(plan.listeners);
  const contents = clusters.map((cluster): [string, Authored] => {
    const name = textIn(cluster, "name");
    return [name, toService(cluster, { name, isStream: streams.has(name), plain, certificates })];
  });
  const fleet = toFleet(bootstrap, plan.listeners);
  const alone = {
    gateways: Object.fromEntries(plan.gateways),
    routes: Object.fromEntries(routes.routes),
    services: Object.fromEntries(contents),
    certificates: Object.fromEntries(certificates.objects),
  };
  const input: Input = { listeners: plan.listeners, clusters, routes, certificates };
  const drafted = { fleets: withServices(fleet, alone, known), ...alone };
  const translated = translateConfig(drafted).resources;
  const targets = toTargets(input, translated);
  const patches = plain ? {} : toPatches(translated, targets);
  const config = said({ ...drafted, patches });
  return {
    ok: true,
    bootstrap,
    config: Object.fromEntries(
      Object.entries(config ?? {}).filter(([, objects]) => Object.keys(objects as object).length > 0),
    ),
    notes: notesOf(bootstrap, input, plain),
    names: namesOf(input, names),
    expected: toComparable(expectedOf(input, secrets)),
  };
}

/** The clusters that only connections go to. */
function streamsOf(listeners: readonly ListenerPlan[]): ReadonlySet<string> {
  const [streams, requests] = [new Set<string>(), new Set<string>()];
  for (const { chains, udp } of listeners) {
    for (const { protocol, config } of chains) {
      const isHttp = protocol === "HTTP" || protocol === "HTTPS";
      collectClusters(config, isHttp ? requests : streams);
    }
    if (udp !== undefined) collectClusters(udp.config, streams);
  }
  return streams.difference(requests);
}

function collectClusters(config: Json, into: Set<string>): void {
  mapObjects(config, (object, key) => {
    const name = textIn(object, "cluster") || (key === "clusters" ? textIn(object, "name") : "");
    if (name !== "") into.add(name);
    return object;
  });
}

interface NamedFleet {
  readonly name: string;
  readonly content: Authored;
}

/** The Envoys of the node's cluster, or all. */
function toFleet(bootstrap: Json, listeners: Input["listeners"]): NamedFleet {
  const cluster = textIn(objectIn(bootstrap, "node"), "cluster");
  const content = { match: cluster === "" ? "*" : { cluster }, ...said({ accessLog: accessLogOf(listeners) }) };
  return { name: toName(cluster) ?? "envoy", content };
}

/** The fleet alone, with the services that it would not have by what routes say. */
function withServices({ name, content }: NamedFleet, others: Authored, services: Iterable<string>): Authored {
  const { resources } = translateConfig({ fleets: { [name]: content }, ...others });
  const missing = [...services].filter((service) => !resources.has(`clusters/${service}`));
  const fleet = { ...content, ...said({ services: oneOrMore(missing) }) };
  return { [name]: fit(schema, fleet) ?? fleet };
}

/** For each resource that is not as the input has it, the patch that makes it so. */
function toPatches(translated: ResourcesByKey, targets: ResourcesByKey): Authored {
  const names = new Names();
  const patches: Record<string, Authored> = {};
  for (const [key, target] of targets) {
    const [type = "", ...parts] = key.split("/");
    const whole = translated.get(key);
    if (whole === undefined) continue;
    const before = { normal: toNormal(whole, fieldOf(type)) as JsonValue, whole };
    const operations = toOperations(before, { normal: toNormal(target, fieldOf(type)) as JsonValue, whole: target });
    if (operations.length === 0) continue;
    const name = parts.join("/");
    patches[names.take(`${name}-${type}`)] = { target: { type, name }, operations: oneOrMore<Operation>(operations) };
  }
  return patches;
}

/** The field that a resource of a type stands in when it does not come by itself. */
function fieldOf(type: string): string {
  return { routes: "route_config", endpoints: "load_assignment" }[type] ?? type;
}

/** Secrets that nothing has in its own place are resources too: the model would have to say them by themselves. */
function expectedOf({ listeners, clusters }: Input, secrets: readonly Json[]): ResourcesByKey {
  const others = secrets.filter(({ generic_secret, session_ticket_keys }) => generic_secret ?? session_ticket_keys);
  return new Map([
    ...others.map((secret): [string, Json] => [`secrets/${textIn(secret, "name")}`, secret]),
    ...listeners.map(({ json, name }): [string, Json] => [`listeners/${name}`, { ...json, name }]),
    ...clusters.map((cluster): [string, Json] => [`clusters/${textIn(cluster, "name")}`, cluster]),
  ]);
}

function namesOf({ listeners, routes }: Input, services: ServiceNames): readonly Renamed[] {
  const doors = listeners.flatMap(({ chains }) => chains);
  const all = [
    ...listeners.map(({ json, name }) => ({ kind: "listener", from: textIn(json, "name"), to: name })),
    ...doors.flatMap(({ config, door }) => {
      const own = objectIn(config, "route_config");
      return own === undefined ? [] : [{ kind: "route configuration", from: textIn(own, "name"), to: door }];
    }),
    ...routes.hosts.map(({ json, route }) => ({
      kind: "virtual host",
      from: textIn(json, "name"),
      to: `route ${route}`,
    })),
    ...[...services].map(([from, to]) => ({ kind: "cluster", from, to })),
  ];
  const byText = new Map(
    all.filter(({ from, to }) => from !== "" && from !== to).map((each) => [JSON.stringify(each), each]),
  );
  return [...byText.values()];
}
