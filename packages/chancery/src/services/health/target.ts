import { type EndpointAddress, toAddressText } from "../../model/endpoint.ts";
import type { Item, Items } from "../../model/model.ts";
import type { ActiveHealth } from "../../model/service.ts";
import { memo } from "../../translate/memo.ts";

/** A service whose endpoints the control plane checks, or has checked. The same object as long as nothing changes. */
export interface Target {
  readonly service: string;
  readonly item: Item<"services">;
  readonly by: CheckedBy;
  readonly check: ActiveHealth;
  readonly endpoints: readonly CheckedEndpoint[];
}

/** Who checks. */
export type CheckedBy = "fleet" | "control-plane";

export interface CheckedEndpoint {
  /** Such as `10.0.0.5:8080`: what it is called everywhere. */
  readonly address: string;
  /** Where it is asked, which may be another port. */
  readonly at: EndpointAddress;
  readonly region: string;
  readonly zone: string;
  /** The name that it is asked by, if it has one of its own. */
  readonly hostname: string | undefined;
}

/** What there is to check in a model. */
export function toTargets(services: Items<"services">): readonly Target[] {
  return [...services.values()].flatMap((item) => toTarget(item));
}

const toTarget = memo((item: Item<"services">): readonly Target[] => {
  const { health, endpoints = [] } = item.value;
  const check = health?.active;
  if (check === undefined || check.by === "envoy" || endpoints === "dynamic") return [];
  const byAddress = new Map<string, CheckedEndpoint>();
  for (const endpoint of endpoints) {
    const { region = "", zone = "", hostname } = endpoint;
    const address = toAddressText(endpoint);
    byAddress.set(address, { address, at: atPort(endpoint, check.port), region, zone, hostname });
  }
  return [{ service: item.name, item, by: check.by, check, endpoints: [...byAddress.values()] }];
});

/** Whether two targets are asked in the same way, whatever their endpoints are. */
export function isSameCheck(a: Target, b: Target): boolean {
  return a === b || JSON.stringify(a.check) === JSON.stringify(b.check);
}

function atPort(address: EndpointAddress, port: number | undefined): EndpointAddress {
  if (address.kind === "unix") return { kind: "unix", path: address.path };
  return { kind: address.kind, host: address.host, port: port ?? address.port };
}
