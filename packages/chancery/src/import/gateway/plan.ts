import { isIP } from "node:net";
import { type Json, numberIn, objectIn, objectsIn, textIn, typeIn } from "../../explain/json.ts";
import { hostname } from "../../model/values.ts";
import type { Certificates } from "../certificates.ts";
import { Names, toName } from "../names.ts";
import { toDestinations } from "../route/action.ts";
import type { RouteNames } from "../route/rule.ts";
import { type Authored, oneOrMore } from "../values.ts";
import { type Chain, toChain } from "./chain.ts";
import { toListener } from "./listener.ts";
import { toSettings } from "./settings.ts";

/** What becomes of one of Envoy's listeners. */
export interface ListenerPlan {
  readonly json: Json;
  /** Its place in the input. */
  readonly path: string;
  readonly gateway: string;
  /** Its name on the wire. */
  readonly name: string;
  readonly chains: readonly ChainPlan[];
  /** Where the model has nothing for it: it is carried whole by a patch, in the place of a TCP listener. */
  readonly isRaw: boolean;
  /** The proxy of a UDP listener. */
  readonly udp?: Json;
}

/** What becomes of a filter chain. */
export interface ChainPlan extends Chain {
  /** `<gateway>/<listener>`. */
  readonly door: string;
  /** Its listener's name within the gateway. */
  readonly listener: string;
}

export interface Plan {
  readonly listeners: readonly ListenerPlan[];
  /** What is said of gateways, by name. */
  readonly gateways: ReadonlyMap<string, Authored>;
}

export interface PlanOptions {
  readonly certificates: Certificates;
  readonly services: RouteNames;
  readonly plain: boolean;
}

interface GatewayDraft {
  readonly settings: Authored;
  readonly listeners: Record<string, Authored>;
  readonly names: Names;
  readonly ports: Set<string>;
}

/** Puts Envoy's listeners into gateways: those together of which the same is said. */
export function planListeners(listeners: readonly Json[], { certificates, services, plain }: PlanOptions): Plan {
  const gateways = new Map<string, GatewayDraft>();
  const byKey = new Map<string, string>();
  const names = new Names();
  const quic = listeners.filter(isQuic);
  let unused = 0;

  const open = (key: string, settings: Authored, wanted: readonly string[]): [string, GatewayDraft] => {
    const known = byKey.get(key);
    const name = known ?? names.take(...wanted);
    const draft = gateways.get(name) ?? { settings, listeners: {}, names: new Names(), ports: new Set() };
    byKey.set(key, name);
    gateways.set(name, draft);
    return [name, draft];
  };

  const planRaw = (json: Json, path: string): ListenerPlan => {
    const { address, port, isUdp } = socketOf(json) ?? { address: "0.0.0.0", port: 0, isUdp: false };
    const name = textIn(json, "name");
    // Without patches it would do nothing of what it did.
    if (plain) return { json, path, gateway: "", name, chains: [], isRaw: true };
    const [gateway, draft] = open(`raw ${path}`, addressOf(address), [name, "raw"]);
    // A port that nobody listens on stands for what has none, or one of UDP.
    const stand = port === 0 || isUdp ? ++unused : port;
    draft.listeners.tcp = { protocol: "TCP", port: stand };
    return { json, path, gateway, name: `${gateway}:${stand}`, chains: [], isRaw: true };
  };

  const plans = listeners.map((json, index): ListenerPlan | undefined => {
    const path = `static_resources.listeners[${index}]`;
    if (quic.includes(json)) return undefined;
    const socket = socketOf(json);
    if (socket === undefined || socket.port === 0 || json.api_listener !== undefined) return planRaw(json, path);
    const { address, port, isUdp } = socket;
    const udp = isUdp ? udpProxyOf(json, services) : undefined;
    const chains = isUdp ? [] : toChains(json, certificates, services);
    const said =
      udp === undefined
        ? chains?.map((chain) => toListener(json, chain, { port, http3: offersHttp3(chain, port) }))
        : [];
    if (chains === undefined || said?.some((each) => each === undefined) || (isUdp && udp === undefined)) {
      return planRaw(json, path);
    }
    const settings = { ...addressOf(address), ...toSettings(json, chains[0], plain) };
    const wanted = [address.startsWith("127.") || address === "::1" ? "local" : "public", textIn(json, "name")];
    const transport = isUdp ? "udp" : "tcp";
    // A port is used once within a gateway.
    let key = JSON.stringify(settings);
    while (gateways.get(byKey.get(key) ?? "")?.ports.has(`${transport} ${port}`)) key += "+";
    const [gateway, draft] = open(key, settings, wanted);
    draft.ports.add(`${transport} ${port}`);
    if (udp !== undefined) {
      const listener = draft.names.take("udp", `udp-${port}`);
      draft.listeners[listener] = { protocol: "UDP", port };
      const plan = { json, path, gateway, name: `${gateway}:${port}/udp`, chains: [], isRaw: false };
      return { ...plan, udp: { ...udp, listener } };
    }
    const planned = chains.map((chain, i): ChainPlan => {
      const content = said?.[i] ?? {};
      const listener = listenerFor(draft, content, { chain, port });
      return { ...chain, listener, door: `${gateway}/${listener}` };
    });
    sayNames(draft, planned);
    return { json, path, gateway, name: `${gateway}:${port}`, chains: planned, isRaw: false };
  });

  function offersHttp3(chain: Chain, port: number): boolean {
    return (
      chain.protocol === "HTTPS" && chain.tls?.ca === undefined && quic.some((json) => socketOf(json)?.port === port)
    );
  }

  const planQuic = (json: Json, path: string): ListenerPlan => {
    const sibling = plans.find(
      (plan) =>
        plan?.chains.some(({ protocol, tls }) => protocol === "HTTPS" && tls?.ca === undefined) === true &&
        socketOf(plan.json)?.port === socketOf(json)?.port,
    );
    const chains = toChains(json, certificates, services);
    if (sibling === undefined || chains === undefined) return planRaw(json, path);
    const planned = chains.map((chain): ChainPlan | undefined => {
      const same = sibling.chains.find((other) => other.serverNames.join() === chain.serverNames.join());
      return same && { ...chain, listener: same.listener, door: same.door };
    });
    const all = planned.filter((each) => each !== undefined);
    const { gateway, name } = sibling;
    return all.length < chains.length
      ? planRaw(json, path)
      : { json, path, gateway, name: `${name}/quic`, chains: all, isRaw: false };
  };

  return {
    listeners: plans.map((plan, index) => {
      const json = listeners[index] ?? {};
      return plan ?? planQuic(json, `static_resources.listeners[${index}]`);
    }),
    gateways: new Map([...gateways].map(([name, { settings, listeners }]) => [name, { ...settings, listeners }])),
  };
}

/** The chains of a listener, if the model has something for each of them, and can tell them apart. */
function toChains(json: Json, certificates: Certificates, services: RouteNames): readonly Chain[] | undefined {
  const all = objectsIn(json, "filter_chains").map((chain) => toChain(chain, certificates));
  const chains = all.filter((chain) => chain !== undefined);
  if (chains.length === 0 || chains.length < all.length) return undefined;
  const takes = chains.flatMap(({ protocol, serverNames }) => {
    if (protocol === "HTTP" || protocol === "TCP") return ["plain"];
    return serverNames.length === 0 ? ["*"] : serverNames;
  });
  const isKnown = chains.every(({ protocol, config, serverNames }) => {
    const goesSomewhere = /^HTTP/.test(protocol) || toDestinations(config, services) !== undefined;
    return goesSomewhere && serverNames.every((name) => hostname.safeParse(name).success);
  });
  return isKnown && new Set(takes).size === takes.length ? chains : undefined;
}

interface Naming {
  readonly chain: Chain;
  readonly port: number;
}

/** The gateway's listener for a chain: chains of TLS that say the same are one, which routes choose from. */
function listenerFor(draft: GatewayDraft, content: Authored, { chain, port }: Naming): string {
  if (chain.protocol === "TLS") {
    const same = Object.entries(draft.listeners).find(([, other]) => JSON.stringify(other) === JSON.stringify(content));
    if (same !== undefined) return same[0];
  }
  const [host] = chain.serverNames;
  const protocol = chain.protocol.toLowerCase();
  const ofHost = chain.protocol === "HTTPS" && host !== undefined ? toName(host) : undefined;
  const name = draft.names.take(protocol, ofHost, `${protocol}-${port}`);
  draft.listeners[name] = content;
  return name;
}

/** Where TLS is several listeners of one port, each says which server names it is for. */
function sayNames({ listeners }: GatewayDraft, chains: readonly ChainPlan[]): void {
  const byListener = Map.groupBy(chains, ({ listener }) => listener);
  if (byListener.size < 2) return;
  for (const [name, own] of byListener) {
    const hostnames = oneOrMore(own.flatMap(({ serverNames }) => serverNames));
    const isForAll = own.some(({ serverNames }) => serverNames.length === 0);
    if (own[0]?.protocol === "TLS" && !isForAll) listeners[name] = { ...listeners[name], hostnames };
  }
}

function isQuic(listener: Json): boolean {
  return objectIn(listener, "udp_listener_config")?.quic_options !== undefined;
}

function socketOf(listener: Json) {
  const socket = objectIn(objectIn(listener, "address"), "socket_address");
  const address = textIn(socket, "address");
  if (isIP(address) === 0) return undefined;
  return { address, port: numberIn(socket, "port_value") ?? 0, isUdp: textIn(socket, "protocol") === "UDP" };
}

function addressOf(address: string): Authored {
  return address === "0.0.0.0" ? {} : { address };
}

/** The configuration of a listener that only sends datagrams on. */
function udpProxyOf(listener: Json, services: RouteNames): Json | undefined {
  const [filter, ...others] = objectsIn(listener, "listener_filters");
  const config = objectIn(filter, "typed_config");
  const isProxy = others.length === 0 && typeIn(config).endsWith(".UdpProxyConfig");
  return isProxy && config !== undefined && services.service(udpClusterOf(config)) !== undefined ? config : undefined;
}

/** The cluster that datagrams go to without further conditions. */
export function udpClusterOf(proxy: Json): string {
  const onNoMatch = objectIn(objectIn(proxy, "matcher"), "on_no_match");
  const route = objectIn(objectIn(onNoMatch, "action"), "typed_config");
  return typeIn(route).endsWith(".Route") ? textIn(route, "cluster") : textIn(proxy, "cluster");
}
