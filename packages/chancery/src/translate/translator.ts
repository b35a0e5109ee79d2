import { formatProblem } from "@chancery/envoy-api";
import { changeSnapshot, type Resource, type Snapshot, toSnapshot } from "@chancery/xds";
import { KeyedList } from "../keyed-list.ts";
import type { Item, ItemProblem, Items, Model } from "../model/model.ts";
import { atOnce } from "../turns.ts";
import type { Draft, Materials } from "./draft.ts";
import { encodeDraft, typeUrlOf } from "./encode.ts";
import { createFleetServices, type FleetServices } from "./fleet-services.ts";
import { closedListeners } from "./gateway/closed-listeners.ts";
import { withoutTakenPorts } from "./gateway/taken-ports.ts";
import { createGatewayTranslator } from "./gateway.ts";
import { memo } from "./memo.ts";
import { patchDrafts } from "./patch.ts";
import { createPolicies, gatewaysWithPolicies, type Policies } from "./policy/policies.ts";
import { createRoutesByGateway } from "./routes-by-gateway.ts";
import { toSecretDraft } from "./secret.ts";
import { certificatesOfGateway } from "./uses.ts";

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
  readonly #routesByGateway = createRoutesByGateway();
  readonly #servicesOf = createFleetServices();
  readonly #policiesOf = createPolicies();
  readonly #gatewaysWithPolicies = memo((policies: Policies, routes: Items<"routes">) =>
    gatewaysWithPolicies(policies, routes),
  );
  #last: ReadonlyMap<string, Made> = new Map();

  translate(model: Model, materials: Materials = new Map()): Translation {
    return atOnce(this.translateInSteps(model, materials));
  }

  /**
   * The same, but where much of what services become is new, that is yielded first, beside all that was there before:
   * clusters are what routes and listeners wait for, and what Envoy works on longest.
   */
  *translateInSteps(model: Model, materials: Materials): Generator<ReadonlyMap<string, FleetTranslation>, Translation> {
    const problems: ItemProblem[] = [];
    const routes = this.#routesByGateway(model.routes);
    const certificates = new Map([...model.certificates].filter(([name]) => materials.has(name)));
    for (const gateway of model.gateways.values()) problems.push(...closedListeners(gateway, certificates));
    const parts = Array.from(model.fleets, ([name, fleet]): FleetParts => {
      const gateways = gatewaysOf(fleet, model.gateways, this.#last.get(name)?.gateways);
      const named = gateways.flatMap((gateway) => routes.get(gateway.name)?.services ?? []);
      const services = this.#servicesOf({ fleet, named, services: model.services });
      const secrets = secretsOf(gateways, services, { certificates, materials });
      return { name, fleet, gateways, services: services.drafts, secrets };
    });
    const early = parts.flatMap((part) => this.#makeServices(part, model.patches) ?? []);
    if (early.length > 0) yield new Map(early.map(({ fleet }) => [fleet.fleet.name, fleet]));
    const policies = this.#policiesOf(model.policies);
    const withPolicies = this.#gatewaysWithPolicies(policies, model.routes);
    const made = new Map<string, Made>();
    for (const { name, fleet, gateways, services, secrets } of parts) {
      const ofGateways = gateways.flatMap((gateway) =>
        this.#translateGateway({
          ...{ fleet, gateway, certificates, policies },
          policyFilters: withPolicies.get(gateway.name) ?? "none",
          routes: routes.get(gateway.name)?.list ?? none,
          services: model.services,
        }),
      );
      const served = withoutTakenPorts(ofGateways, model.gateways);
      const patched = patchDrafts(services.concat(secrets, served), { fleet: name, patches: model.patches });
      problems.push(...patched.problems);
      const translated = encodeDrafts(fleet, patched.drafts, this.#last.get(name));
      problems.push(...translated.problems);
      made.set(name, { ...translated, gateways, services });
    }
    this.#last = made;
    return { fleets: new Map([...made].map(([name, { fleet }]) => [name, fleet])), problems };
  }

  /** A fleet as it was, with the services as they are now; undefined if few of those are new. */
  #makeServices({ name, services, secrets }: FleetParts, patches: Items<"patches">): Made | undefined {
    const last = this.#last.get(name);
    if (last === undefined || last.services === services) return undefined;
    if (compareDrafts(last.services, services).changed.length < leastEarly) return undefined;
    const { drafts } = patchDrafts([...services, ...secrets], { fleet: name, patches });
    const keys = new Set(drafts.map(keyOfDraft));
    const others = last.list.filter((draft) => !keys.has(keyOfDraft(draft)));
    const made = { ...last, ...encodeDrafts(last.fleet.fleet, [...drafts, ...others], last), services };
    this.#last = new Map(this.#last).set(name, made);
    return made;
  }
}

/** Fewer clusters and endpoints than that are not worth handing out before the rest. */
const leastEarly = 100;

/** What becomes of a fleet, but for its gateways' own drafts. */
interface FleetParts {
  readonly name: string;
  readonly fleet: Item<"fleets">;
  readonly gateways: readonly Item<"gateways">[];
  readonly services: readonly Draft[];
  readonly secrets: readonly Draft[];
}

/** A fleet, and what is remembered of how it came about. */
interface Made extends Encoded {
  readonly gateways: readonly Item<"gateways">[];
  /** What its services became, before patches. */
  readonly services: readonly Draft[];
}

interface Encoded {
  readonly fleet: Translated;
  readonly list: readonly Draft[];
  readonly problems: readonly ItemProblem[];
}

function encodeDrafts(fleet: Item<"fleets">, list: readonly Draft[], last: Encoded | undefined): Encoded {
  return (last && replaceDrafts(fleet, list, last)) ?? encodeAll(fleet, list, last);
}

/** A draft that cannot be encoded is a problem of what it was made from; the resource stays as it was. */
function encodeAll(fleet: Item<"fleets">, list: readonly Draft[], last: Encoded | undefined): Encoded {
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

/** What mostly happens: the same resources as last time, of which a few differ, come or go. */
function replaceDrafts(fleet: Item<"fleets">, list: readonly Draft[], last: Encoded): Encoded | undefined {
  if (last.problems.length > 0) return undefined;
  const { changed, removed } = compareDrafts(last.list, list);
  if (changed.length + removed.length === 0 && last.fleet.fleet === fleet) return { ...last, list };
  const resources: Resource[] = [];
  for (const draft of changed) {
    const encoded = encodeDraft(draft);
    if (!encoded.ok) return undefined;
    resources.push(encoded.resource);
  }
  const snapshot = changeSnapshot(last.fleet.snapshot, (transaction) => {
    for (const { type, name } of removed) transaction.delete(typeUrlOf(type), name);
    for (const resource of resources) transaction.set(resource);
  });
  return { fleet: last.fleet.with({ fleet, snapshot, list, changed }), list, problems: [] };
}

/** Drafts that are new or differ, and those that are gone, which are between the beginning and the end of both lists. */
function compareDrafts(before: readonly Draft[], after: readonly Draft[]): { changed: Draft[]; removed: Draft[] } {
  const shorter = Math.min(before.length, after.length);
  const changed: Draft[] = [];
  const isSame = (a: Draft | undefined, b: Draft | undefined) => {
    if (a === b || a === undefined || b === undefined) return true;
    if (a.name !== b.name || a.type !== b.type) return false;
    changed.push(b);
    return true;
  };
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && isSame(before[before.length - 1 - end], after[after.length - 1 - end])) end++;
  const added = after.slice(start, after.length - end);
  return { changed: [...changed, ...added], removed: before.slice(start, before.length - end) };
}

class Translated implements FleetTranslation {
  readonly fleet: Item<"fleets">;
  readonly snapshot: Snapshot;
  readonly #list: readonly Draft[];
  #drafts: KeyedList<Draft> | undefined;

  constructor(fleet: Item<"fleets">, snapshot: Snapshot, list: readonly Draft[]) {
    this.fleet = fleet;
    this.snapshot = snapshot;
    this.#list = list;
  }

  get drafts(): ReadonlyMap<string, Draft> {
    this.#drafts ??= KeyedList.from(this.#list.map((draft) => [keyOfDraft(draft), draft]));
    return this.#drafts;
  }

  /** The same, but for some drafts. */
  with({ fleet, snapshot, list, changed }: Replaced): Translated {
    const next = new Translated(fleet, snapshot, list);
    if (list.length === this.#list.length && changed.every((draft) => this.#drafts?.has(keyOfDraft(draft)))) {
      next.#drafts = this.#drafts?.with(changed.map((draft) => [keyOfDraft(draft), draft]));
    }
    return next;
  }
}

interface Replaced {
  readonly fleet: Item<"fleets">;
  readonly snapshot: Snapshot;
  readonly list: readonly Draft[];
  readonly changed: readonly Draft[];
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
  const names = new Set([...named, ...(isWhole ? [] : before.map(({ name }) => name))]);
  return [...names].flatMap((name) => gateways.get(name) ?? []);
}

interface Secrets {
  readonly certificates: ReadonlyMap<string, Item<"certificates">>;
  readonly materials: Materials;
}

function secretsOf(
  gateways: readonly Item<"gateways">[],
  services: FleetServices,
  { certificates, materials }: Secrets,
): readonly Draft[] {
  const names = new Set([...gateways.flatMap(certificatesOfGateway), ...services.certificates]);
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
