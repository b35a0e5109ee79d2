import { formatProblem } from "@chancery/envoy-api";
import { changeSnapshot, type Resource, type Snapshot, toSnapshot } from "@chancery/xds";
import type { Item, ItemProblem, Items, Model } from "../model/model.ts";
import type { Draft, Materials } from "./draft.ts";
import { encodeDraft } from "./encode.ts";
import { createGatewayTranslator } from "./gateway.ts";
import { memo, stableList } from "./memo.ts";
import { patchDrafts } from "./patch.ts";
import { createPolicies, gatewaysWithPolicies, type Policies } from "./policy/policies.ts";
import { toSecretDraft } from "./secret.ts";
import { toServiceDrafts } from "./service/service.ts";
import {
  certificatesOfGateway,
  certificatesOfService,
  gatewaysOfRoute,
  servicesOfRoute,
  servicesOfService,
} from "./uses.ts";

/** What the Envoys of one fleet get. */
export interface FleetTranslation {
  readonly fleet: Item<"fleets">;
  readonly snapshot: Snapshot;
  /** What the resources were made from, by type and name, such as `clusters/shop`. Put in order when it is read. */
  readonly drafts: ReadonlyMap<string, Draft>;
}

export interface Translation {
  /** By name of the fleet. */
  readonly fleets: ReadonlyMap<string, FleetTranslation>;
  readonly problems: readonly ItemProblem[];
}

/**
 * Translates models, one after the other: pure functions whose results are remembered, so that each translation costs
 * what changed since the last.
 */
export class Translator {
  readonly #translateGateway = createGatewayTranslator();
  readonly #stableRoutes = stableList<Item<"routes">>();
  readonly #routesByGateway = memo((routes: Items<"routes">) => this.#sortRoutes(routes));
  readonly #policiesOf = createPolicies();
  readonly #gatewaysWithPolicies = memo((policies: Policies, routes: Items<"routes">) =>
    gatewaysWithPolicies(policies, routes),
  );
  #last: ReadonlyMap<string, Made> = new Map();
  /** By fleet. */
  #gateways: ReadonlyMap<string, readonly Item<"gateways">[]> = new Map();

  translate(model: Model, materials: Materials = new Map()): Translation {
    const problems: ItemProblem[] = [];
    const routes = this.#routesByGateway(model.routes);
    const certificates = new Map([...model.certificates].filter(([name]) => materials.has(name)));
    const policies = this.#policiesOf(model.policies);
    const withPolicies = this.#gatewaysWithPolicies(policies, model.routes);
    const made = new Map<string, Made>();
    const gatewaysByFleet = new Map<string, readonly Item<"gateways">[]>();
    for (const [name, fleet] of model.fleets) {
      const gateways = gatewaysOf(fleet, model.gateways, this.#gateways.get(name));
      gatewaysByFleet.set(name, gateways);
      const attached = gateways.flatMap((gateway) => [routes.get(gateway.name) ?? none]);
      const services = servicesOf(fleet, attached, model.services);
      const drafts = [
        ...services.flatMap(toServiceDrafts),
        ...secretsOf(gateways, services, { certificates, materials }),
        ...gateways.flatMap((gateway) =>
          this.#translateGateway({
            ...{ fleet, gateway, certificates, policies },
            hasPolicies: withPolicies.has(gateway.name),
            routes: routes.get(gateway.name) ?? none,
            services: model.services,
          }),
        ),
      ];
      const patched = patchDrafts(drafts, { fleet: name, patches: model.patches });
      problems.push(...patched.problems);
      const last = this.#last.get(name);
      const translated = (last && replaceDrafts(fleet, patched.drafts, last)) ?? toFleet(fleet, patched.drafts, last);
      problems.push(...translated.problems);
      made.set(name, translated);
    }
    this.#last = made;
    this.#gateways = gatewaysByFleet;
    return { fleets: new Map([...made].map(([name, { fleet }]) => [name, fleet])), problems };
  }

  /** In the order of the documents; a list that is the same as last time is the same object. */
  #sortRoutes(routes: Items<"routes">): ReadonlyMap<string, readonly Item<"routes">[]> {
    const lists = new Map<string, Item<"routes">[]>();
    for (const route of routes.values()) {
      for (const gateway of gatewaysOfRoute(route)) {
        const list = lists.get(gateway);
        if (list === undefined) lists.set(gateway, [route]);
        else list.push(route);
      }
    }
    return new Map([...lists].map(([gateway, list]) => [gateway, this.#stableRoutes(gateway, list)]));
  }
}

/** A fleet, and what is remembered of how it came about. */
interface Made {
  readonly fleet: FleetTranslation;
  readonly list: readonly Draft[];
  readonly problems: readonly ItemProblem[];
}

/** A draft that cannot be encoded is a problem of what it was made from; the resource stays as it was. */
function toFleet(fleet: Item<"fleets">, list: readonly Draft[], last: Made | undefined): Made {
  const problems: ItemProblem[] = [];
  const kept: Draft[] = [];
  const resources: Resource[] = [];
  for (const draft of list) {
    const encoded = encodeDraft(draft);
    if (encoded.ok) {
      kept.push(draft);
      resources.push(encoded.resource);
      continue;
    }
    problems.push(...encoded.problems.map((problem) => toItemProblem(draft, formatProblem(problem))));
    const before = last?.fleet.drafts.get(keyOfDraft(draft));
    const good = before && encodeDraft(before);
    if (before === undefined || !good?.ok) continue;
    kept.push(before);
    resources.push(good.resource);
  }
  const snapshot = toSnapshot(resources, { previous: last?.fleet.snapshot });
  return { fleet: new Translated(fleet, snapshot, kept), list, problems };
}

/** What mostly happens: the same resources as last time, of which a few differ. */
function replaceDrafts(fleet: Item<"fleets">, list: readonly Draft[], last: Made): Made | undefined {
  if (list.length !== last.list.length || last.problems.length > 0) return undefined;
  const changed = new Map<Draft, Resource>();
  for (const [index, draft] of list.entries()) {
    const before = last.list[index];
    if (before === draft || before === undefined) continue;
    const encoded = encodeDraft(draft);
    if (!encoded.ok || keyOfDraft(before) !== keyOfDraft(draft)) return undefined;
    changed.set(draft, encoded.resource);
  }
  if (changed.size === 0 && last.fleet.fleet === fleet) return { ...last, list };
  const snapshot = changeSnapshot(last.fleet.snapshot, (transaction) => {
    for (const resource of changed.values()) transaction.set(resource);
  });
  return { fleet: new Translated(fleet, snapshot, list), list, problems: [] };
}

class Translated implements FleetTranslation {
  readonly fleet: Item<"fleets">;
  readonly snapshot: Snapshot;
  readonly #list: readonly Draft[];
  #drafts: ReadonlyMap<string, Draft> | undefined;

  constructor(fleet: Item<"fleets">, snapshot: Snapshot, list: readonly Draft[]) {
    this.fleet = fleet;
    this.snapshot = snapshot;
    this.#list = list;
  }

  get drafts(): ReadonlyMap<string, Draft> {
    this.#drafts ??= new Map(this.#list.map((draft) => [keyOfDraft(draft), draft]));
    return this.#drafts;
  }
}

function keyOfDraft({ type, name }: Draft): string {
  return `${type}/${name}`;
}

const none: readonly never[] = [];

/**
 * The gateways of a fleet. While it names one that does not exist, those that it had stay beside the others: one wrong
 * letter must not close the ports of all its Envoys.
 */
function gatewaysOf(
  { value }: Item<"fleets">,
  gateways: Items<"gateways">,
  before: readonly Item<"gateways">[] = [],
): readonly Item<"gateways">[] {
  const named = value.gateways ?? [...gateways.keys()];
  const isWhole = named.every((name) => gateways.has(name));
  const names = isWhole ? named : new Set([...named, ...before.map(({ name }) => name)]);
  return [...names].flatMap((name) => gateways.get(name) ?? []);
}

/** The services that the fleet and its routes name, and those that these need. */
function servicesOf(
  { value: { tracing, services: own = [] } }: Item<"fleets">,
  routes: readonly (readonly Item<"routes">[])[],
  services: Items<"services">,
): readonly Item<"services">[] {
  const names = new Set([...own, ...routes.flatMap((list) => [...servicesOfRoutes(list)])]);
  if (tracing !== undefined && tracing.to !== "chancery") names.add(tracing.to);
  // A set that grows while it is read shows what was added.
  for (const name of names) {
    const service = services.get(name);
    for (const other of service === undefined ? none : servicesOfService(service)) names.add(other);
  }
  return [...services.values()].filter(({ name }) => names.has(name));
}

const servicesOfRoutes = memo((routes: readonly Item<"routes">[]) => new Set(routes.flatMap(servicesOfRoute)));

interface Secrets {
  readonly certificates: ReadonlyMap<string, Item<"certificates">>;
  readonly materials: Materials;
}

function secretsOf(
  gateways: readonly Item<"gateways">[],
  services: readonly Item<"services">[],
  { certificates, materials }: Secrets,
): readonly Draft[] {
  const names = new Set([...gateways.flatMap(certificatesOfGateway), ...services.flatMap(certificatesOfService)]);
  return [...names].flatMap((name) => {
    const item = certificates.get(name);
    const material = materials.get(name);
    return item === undefined || material === undefined ? [] : [toSecretDraft(item, material)];
  });
}

function toItemProblem({ type, name, from }: Draft, message: string): ItemProblem {
  const [item] = from;
  if (item === undefined) throw new TypeError(`Cannot place a problem of ${type} "${name}": it was made from nothing`);
  return {
    item,
    problem: {
      severity: "error",
      code: "not-encodable",
      path: "",
      message: `makes ${type} "${name}" that Envoy would refuse: ${message}`,
    },
  };
}
