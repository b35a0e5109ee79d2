import type { Gateway } from "../../model/gateway.ts";
import type { Item } from "../../model/model.ts";
import type { Destination } from "../../model/route.ts";
import type { PolicyFilters } from "../policy/policies.ts";
import type { Door, Port } from "./ports.ts";

/** What is known when the listeners of a gateway are made; nothing of it changes with an HTTP route. */
export interface PortContext {
  readonly fleet: Item<"fleets">;
  readonly gateway: Gateway;
  readonly port: Port;
  /** Names of the certificate objects that there are, of those that the port's listeners name. */
  readonly certificates: ReadonlySet<string>;
  /** Where traces go, if that is a service and there is such a one. */
  readonly hasTraceService: boolean;
  /** Which filters the policies of the gateway's requests take. */
  readonly policyFilters: PolicyFilters;
  /** Where connections and datagrams go. */
  readonly streams: readonly Stream[];
}

/** The same for one filter chain. */
export interface DoorContext extends PortContext {
  readonly door: Door;
}

/** A route of connections or datagrams, as far as a listener takes it. */
export interface Stream {
  readonly item: Item<"routes">;
  /** The listener's name. */
  readonly listener: string;
  readonly hosts: readonly string[];
  readonly to: readonly Destination[];
}
