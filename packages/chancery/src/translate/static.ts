import { isRecord } from "../is-record.ts";
import { isAggregated } from "./config-source.ts";
import type { Draft } from "./draft.ts";

/** What a static Envoy has instead of a control plane: `static_resources` of its bootstrap, as proto3 JSON. */
export interface StaticResources {
  readonly listeners: readonly object[];
  readonly clusters: readonly object[];
  readonly secrets: readonly object[];
}

/** Puts what resources fetch by name into their places: endpoints into clusters, routes into listeners. */
export function toStaticResources(drafts: Iterable<Draft>): StaticResources {
  const byType = Map.groupBy(drafts, ({ type }) => type);
  const named = (type: Draft["type"]) => new Map((byType.get(type) ?? []).map(({ name, json }) => [name, json]));
  const endpoints = named("endpoints");
  const routes = named("routes");
  const extensions = named("extensionConfigs");
  const jsonOf = (type: Draft["type"]) => (byType.get(type) ?? []).map(({ json }) => json);
  return {
    listeners: jsonOf("listeners").map((json) => inline(json, { routes, extensions }) as object),
    clusters: jsonOf("clusters").map((json) =>
      inlineEndpoints(inline(json, { routes, extensions }) as object, endpoints),
    ),
    secrets: jsonOf("secrets"),
  };
}

interface Named {
  readonly routes: ReadonlyMap<string, object>;
  readonly extensions: ReadonlyMap<string, object>;
}

/** A copy in which nothing is fetched over ADS any more. */
function inline(value: unknown, named: Named): unknown {
  if (Array.isArray(value)) return value.map((item) => inline(item, named));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]): readonly (readonly [string, unknown])[] => {
      if (key === "sdsConfig" && isAggregated(part)) return [];
      if (!isRecord(part) || !isAggregated(part.configSource)) return [[key, inline(part, named)]];
      if (key === "rds") return [["routeConfig", named.routes.get(String(part.routeConfigName)) ?? {}]];
      if (key === "configDiscovery") return Object.entries(named.extensions.get(String(value.name)) ?? {});
      return [[key, inline(part, named)]];
    }),
  );
}

function inlineEndpoints(cluster: object, endpoints: ReadonlyMap<string, object>): object {
  const { edsClusterConfig, ...rest } = cluster as { readonly edsClusterConfig?: { readonly serviceName: string } };
  if (edsClusterConfig === undefined) return cluster;
  const { serviceName } = edsClusterConfig;
  return { ...rest, type: "STATIC", loadAssignment: endpoints.get(serviceName) ?? { clusterName: serviceName } };
}
