import type {
  RouteActionJson,
  VirtualHostJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Item } from "../../model/model.ts";
import { type TypedConfig, typed } from "../json.ts";

/** One section of policies: the filters that do what it says, and what hosts and rules say to them. */
export interface PolicySection {
  /**
   * In the order in which requests run through them. Listeners have them turned off, as soon as anything of their gateway
   * has a policy; so a policy that comes or goes changes no listener.
   */
  readonly filters: readonly PolicyFilter[];
  /** What else a host has of it. */
  readonly perHost?: (policies: readonly Item<"policies">[]) => Partial<VirtualHostJson>;
  /** What else a rule has of it that sends requests to services. */
  readonly perAction?: (policies: readonly Item<"policies">[]) => Partial<RouteActionJson>;
}

export interface PolicyFilter {
  readonly name: string;
  readonly config: TypedConfig;
  /** Whether Envoys of earlier releases do not know it: then only those have it whose gateway has a policy for it. */
  readonly isNew?: boolean;
  /** What a host or a rule says to it that has these policies, the closer ones last; something turns it on. */
  readonly say: (policies: readonly Item<"policies">[]) => TypedConfig | undefined;
}

/** Turns off, for a host or a rule, a filter that something wider has turned on. */
export const turnedOff = typed("envoy.config.route.v3.FilterConfig", { disabled: true });
