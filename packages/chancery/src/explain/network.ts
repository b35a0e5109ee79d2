import { ownValue } from "../own-value.ts";
import { isEmptyCluster, viewCluster, whyEmpty } from "./cluster.ts";
import type { Forward, HttpSteps, Outcome } from "./explanation.ts";
import { explainHttp } from "./http.ts";
import { type Json, numberIn, objectIn, objectsIn, textIn, typeIn } from "./json.ts";
import type { Request } from "./request.ts";
import type { Resources } from "./resources.ts";
import { type Labels, labelsWanted } from "./subset.ts";

export interface NetworkExplanation {
  /** By name, up to the one that ends the chain. */
  readonly networkFilters: readonly string[];
  readonly http?: HttpSteps;
  readonly outcome: Outcome;
}

interface FilterContext {
  readonly request: Request;
  readonly resources: Resources;
  /** All filters' configurations: some tell later ones what to do. */
  readonly configs: readonly Json[];
}

type Explain = (config: Json, context: FilterContext) => Omit<NetworkExplanation, "networkFilters">;

/** The filters that end a chain; others only look at what passes. */
const terminals: Readonly<Record<string, Explain>> = {
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager": explainManager,
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy": explainTcpProxy,
};

/** Follows a connection through the network filters of a chain. */
export function explainFilters(chain: Json, request: Request, resources: Resources): NetworkExplanation {
  const filters = objectsIn(chain, "filters");
  const configs = filters.map((filter) => configOf(filter, resources) ?? {});
  const end = configs.findIndex((config) => Object.hasOwn(terminals, typeIn(config)));
  const reached = end < 0 ? filters : filters.slice(0, end + 1);
  const networkFilters = reached.map((filter) => textIn(filter, "name"));
  const config = configs[end];
  const explain = ownValue(terminals, typeIn(config));
  if (config !== undefined && explain !== undefined) {
    return { networkFilters, ...explain(config, { request, resources, configs }) };
  }
  const last = networkFilters.at(-1);
  const why =
    last === undefined ? "the filter chain has no filters" : `the network filter "${last}" is not looked into`;
  return { networkFilters, outcome: last === undefined ? closed(why) : { kind: "unknown", why } };
}

function explainManager(manager: Json, { request, resources }: FilterContext): ReturnType<Explain> {
  if (request.path !== "" || request.method !== "") return explainHttp(manager, request, resources);
  return { outcome: { kind: "unknown", why: "the chain speaks HTTP; ask with an http:// or https:// URL" } };
}

const sniCluster = "envoy.extensions.filters.network.sni_cluster.v3.SniCluster";

function explainTcpProxy(proxy: Json, { request, resources, configs }: FilterContext): ReturnType<Explain> {
  const bySni = configs.some((config) => typeIn(config) === sniCluster) && request.sni !== "";
  const weighted = objectsIn(objectIn(proxy, "weighted_clusters"), "clusters");
  const total = weighted.reduce((sum, entry) => sum + (numberIn(entry, "weight") ?? 0), 0);
  const shares: readonly Share[] =
    bySni || weighted.length === 0
      ? [[bySni ? request.sni : textIn(proxy, "cluster"), 100, labelsWanted(proxy)]]
      : weighted.map((entry) => {
          return [textIn(entry, "name"), ((numberIn(entry, "weight") ?? 0) / total) * 100, labelsWanted(proxy, entry)];
        });
  return { outcome: toConnection(shares, textIn(proxy, "idle_timeout") || "1h by default", resources) };
}

type Share = readonly [cluster: string, share: number, labels?: Labels];

function toConnection(shares: readonly Share[], idleTimeout: string, resources: Resources): Outcome {
  const targets = shares.map(([name, share, labels]) => {
    return { cluster: viewCluster(name, resources, labels), share, requestHeaders: [], responseHeaders: [] };
  });
  const usable = targets.filter(({ cluster }) => cluster.found && !isEmptyCluster(cluster));
  if (usable.length === 0) {
    const cluster = targets[0]?.cluster;
    return closed(cluster?.found ? whyEmpty(cluster) : `cluster "${cluster?.name ?? ""}" does not exist`);
  }
  const forward: Forward = {
    kind: "forward",
    targets,
    rewrites: [],
    settings: [{ label: "idle timeout", text: idleTimeout }],
  };
  return forward;
}

const udpProxy = "envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig";

/** Follows a datagram through the filters of a UDP listener, which has no filter chains. */
export function explainUdp(listener: Json, resources: Resources): NetworkExplanation {
  const filters = objectsIn(listener, "listener_filters");
  const networkFilters = filters.map((filter) => textIn(filter, "name"));
  const proxy = filters.map((filter) => configOf(filter, resources)).find((config) => typeIn(config) === udpProxy);
  if (proxy === undefined) {
    return {
      networkFilters,
      outcome: { kind: "unknown", why: "the listener has no udp_proxy, which would forward datagrams" },
    };
  }
  const matcher = objectIn(proxy, "matcher");
  const fixed = objectIn(matcher, "matcher_list") === undefined && objectIn(matcher, "matcher_tree") === undefined;
  if (!fixed)
    return { networkFilters, outcome: { kind: "unknown", why: "a matcher chooses the cluster by the addresses" } };
  const action = objectIn(objectIn(objectIn(matcher, "on_no_match"), "action"), "typed_config");
  const cluster = textIn(proxy, "cluster") || textIn(action, "cluster");
  const idle = textIn(proxy, "idle_timeout") || "60s by default";
  return { networkFilters, outcome: toConnection([[cluster, 100]], idle, resources) };
}

function configOf(filter: Json, resources: Resources): Json | undefined {
  const config = objectIn(filter, "typed_config");
  if (config !== undefined || !("config_discovery" in filter)) return config;
  return objectIn(resources.get("extensionConfigs", textIn(filter, "name")), "typed_config");
}

function closed(why: string): Outcome {
  return { kind: "refuse", code: "connection_closed", why };
}
