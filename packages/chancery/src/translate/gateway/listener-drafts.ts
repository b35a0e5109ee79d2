import type { Item } from "../../model/model.ts";
import type { Draft } from "../draft.ts";
import type { PolicyFilters } from "../policy/policies.ts";
import { isSameList } from "../same.ts";
import type { AllFacts } from "../service-facts.ts";
import type { PortContext, Stream } from "./context.ts";
import { toListener } from "./listener.ts";
import type { NamedListener, Port } from "./ports.ts";

export interface ListenersInput {
  readonly fleet: Item<"fleets">;
  readonly gateway: Item<"gateways">;
  readonly ports: readonly Port[];
  readonly streams: readonly Stream[];
  readonly facts: AllFacts;
  readonly policyFilters: PolicyFilters;
  readonly certificates: ReadonlyMap<string, Item<"certificates">>;
}

/** Makes Envoy's listeners; one for which nothing changed that it is made of is the same object. */
export function createListenerDrafts(): (input: ListenersInput) => readonly Draft[] {
  const last = new Map<string, ReadonlyMap<string, PortMade>>();
  return (input) => {
    const key = `${input.fleet.name}/${input.gateway.name}`;
    const before = last.get(key);
    const now = new Map<string, PortMade>();
    for (const port of input.ports) {
      const made = before?.get(port.name);
      const parts = partsOf(port, input);
      now.set(port.name, made && isSame(made.parts, parts) ? made : { parts, draft: toDraft(port, parts, input) });
    }
    last.set(key, now);
    return [...now.values()].flatMap(({ draft }) => draft ?? []);
  };
}

interface PortMade {
  readonly parts: Parts;
  readonly draft: Draft | undefined;
}

/** All that a listener is made of. */
interface Parts {
  readonly fleet: Item<"fleets">;
  readonly port: Port;
  readonly gateway: Item<"gateways">;
  readonly hasTraceService: boolean;
  readonly policyFilters: PolicyFilters;
  readonly certificates: readonly string[];
  readonly routes: readonly Item<"routes">[];
}

function partsOf(port: Port, input: ListenersInput): Parts {
  const { fleet, gateway, facts, certificates } = input;
  const listeners = port.doors.flatMap((door) => door.listeners);
  const traces = fleet.value.tracing?.to;
  return {
    ...{ fleet, port, gateway },
    policyFilters: listeners.some(({ value }) => /^HTTPS?$/.test(value.protocol)) ? input.policyFilters : "none",
    hasTraceService: traces !== undefined && facts.has(traces),
    certificates: listeners.flatMap((listener) => knownCertificates(listener, certificates)),
    routes: streamsOf(port, input).map(({ item }) => item),
  };
}

function streamsOf(port: Port, { streams }: ListenersInput): readonly Stream[] {
  const names = new Set(port.doors.flatMap((door) => door.listeners.map(({ name }) => name)));
  return streams.filter(({ listener }) => names.has(listener));
}

/** Those that a listener names and that there are, each in the role that it names it for. */
function knownCertificates(
  { value: { tls } }: NamedListener,
  certificates: ReadonlyMap<string, Item<"certificates">>,
): readonly string[] {
  const isKind = (kind: string) => (name: string) => certificates.get(name)?.value.kind === kind;
  const ca = tls?.clientCertificates?.ca;
  return [
    ...(tls?.certificates ?? []).filter(isKind("certificate")),
    ...(ca === undefined ? [] : [ca]).filter(isKind("ca")),
  ];
}

function isSame(a: Parts, b: Parts): boolean {
  return (
    a.fleet === b.fleet &&
    a.gateway === b.gateway &&
    a.port === b.port &&
    a.hasTraceService === b.hasTraceService &&
    a.policyFilters === b.policyFilters &&
    isSameList(a.certificates, b.certificates) &&
    isSameList(a.routes, b.routes)
  );
}

function toDraft(port: Port, parts: Parts, input: ListenersInput): Draft | undefined {
  const { fleet, gateway, hasTraceService, policyFilters, certificates, routes } = parts;
  const streams = streamsOf(port, input);
  const context: PortContext = {
    ...{ fleet, port, hasTraceService, policyFilters, streams },
    gateway: gateway.value,
    certificates: new Set(certificates),
  };
  const json = toListener(context);
  return json && { type: "listeners", name: port.name, json, from: [gateway, fleet, ...new Set(routes)] };
}
