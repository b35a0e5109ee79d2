import type { RouteJson, VirtualHostJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Item } from "../../model/model.ts";
import { toFilterConfigs } from "../http-filters.ts";
import { together } from "../json.ts";
import { policySections } from "../policy/sections.ts";
import { inOrder, type OrderedRoutes } from "../rule/precedence.ts";

export interface VirtualHostParts {
  readonly tables: readonly OrderedRoutes[];
  /** Those for all requests of the listener, the closer ones last. */
  readonly policies: readonly Item<"policies">[];
}

/** All routes of one host on a listener. */
export function toVirtualHost(name: string, host: string, { tables, policies }: VirtualHostParts): VirtualHostJson {
  const routes = inOrder(tables);
  const matches = routes.map(({ match }) => match);
  const configs = toFilterConfigs((filter) => filter.perHost?.({ matches, policies }));
  const isFiltered = configs.typedPerFilterConfig !== undefined;
  return {
    name,
    domains: [host],
    routes: [...routes.map(({ json }) => json), ...(isFiltered ? [notFound] : [])],
    ...configs,
    ...together(policySections.map(({ perHost }) => perHost?.(policies))),
  };
}

// What a host says to filters holds for requests that some route takes, if only to answer as Envoy does without one.
const notFound: RouteJson = { match: { prefix: "/" }, directResponse: { status: 404 } };
