import type { RouteJson, VirtualHostJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import { toFilterConfigs } from "../http-filters.ts";
import { inOrder, type OrderedRoutes } from "../rule/precedence.ts";

/** All routes of one host on a listener. */
export function toVirtualHost(name: string, host: string, tables: readonly OrderedRoutes[]): VirtualHostJson {
  const routes = inOrder(tables);
  const configs = toFilterConfigs((filter) => filter.perHost?.(routes.map(({ match }) => match)));
  const isFiltered = configs.typedPerFilterConfig !== undefined;
  return {
    name,
    domains: [host],
    routes: [...routes.map(({ json }) => json), ...(isFiltered ? [notFound] : [])],
    ...configs,
  };
}

// What a host says to filters holds for requests that some route takes, if only to answer as Envoy does without one.
const notFound: RouteJson = { match: { prefix: "/" }, directResponse: { status: 404 } };
