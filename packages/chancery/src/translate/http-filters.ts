import type { HttpFilterJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import type { Match } from "../model/match.ts";
import type { Item } from "../model/model.ts";
import type { Rule } from "../model/route.ts";
import type { DoorContext } from "./gateway/context.ts";
import { type TypedConfig, typed } from "./json.ts";
import { policySections } from "./policy/sections.ts";
import type { RuleContext } from "./rule/rule.ts";
import { noteSourceAddress } from "./source-address.ts";

/** What is known when it is said what a host has of filters. */
export interface HostContext {
  /** What its rules match on. */
  readonly matches: readonly Match[];
  /** Those for all requests of the listener that it is on, the closer ones last. */
  readonly policies: readonly Item<"policies">[];
}

/** One of Envoy's HTTP filters: what a listener has of it, and what hosts and rules make of that. */
export interface HttpFilter {
  readonly name: string;
  /** Its configuration on a listener; undefined where it has no business. It knows no rules: those come and go. */
  readonly build: (context: DoorContext) => TypedConfig | undefined;
  /** It runs only for the hosts and rules that turn it on. */
  readonly disabled?: boolean;
  readonly perHost?: (host: HostContext) => TypedConfig | undefined;
  readonly perRule?: (rule: Rule, context: RuleContext) => TypedConfig | undefined;
}

/** All HTTP filters, in the order in which requests run through them. */
export const httpFilters: readonly HttpFilter[] = [
  {
    name: "chancery.source_address",
    build: () => sourceAddress,
    disabled: true,
    perHost: ({ matches }) => (matches.some(({ sourceIp }) => sourceIp !== undefined) ? turnedOn : undefined),
  },
  ...policySections
    .flatMap(({ filters }) => filters)
    .map(
      ({ name, config, isNew = false, say }): HttpFilter => ({
        name,
        build: ({ policyFilters }) =>
          policyFilters === "all" || (policyFilters === "usual" && !isNew) ? config : undefined,
        disabled: true,
        perHost: ({ policies }) => say(policies),
        perRule: (_, { policies }) => say(policies),
      }),
    ),
  {
    name: "envoy.filters.http.router",
    build: () => router,
  },
];

const sourceAddress = typed("envoy.extensions.filters.http.set_filter_state.v3.Config", noteSourceAddress);
const router = typed("envoy.extensions.filters.http.router.v3.Router", {});

/** Lets a filter run that starts disabled, with the configuration that the listener has for it. */
const turnedOn = typed("envoy.config.route.v3.FilterConfig", { config: {} });

/** The filters of a listener. */
export function toHttpFilters(context: DoorContext): HttpFilterJson[] {
  return httpFilters.flatMap(({ name, build, disabled }) => {
    const typedConfig = build(context);
    return typedConfig === undefined ? [] : [{ name, typedConfig, ...(disabled && { disabled }) }];
  });
}

/** What hosts or rules say to filters, by the filters' names. */
export function toFilterConfigs(say: (filter: HttpFilter) => TypedConfig | undefined): PerFilterConfig {
  const said = httpFilters.flatMap((filter): [string, TypedConfig][] => {
    const config = say(filter);
    return config === undefined ? [] : [[filter.name, config]];
  });
  return said.length === 0 ? {} : { typedPerFilterConfig: Object.fromEntries(said) };
}

interface PerFilterConfig {
  typedPerFilterConfig?: { [name: string]: TypedConfig };
}
