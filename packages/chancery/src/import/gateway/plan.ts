import { isIP } from "node:net";
import { type Json, numberIn, objectIn, objectsIn, textIn, typeIn } from "../../explain/json.ts";
import type { Certificates } from "../certificates.ts";
import type { RouteNames } from "../route/rule.ts";
import type { Authored } from "../values.ts";
import { type Chain, type ChainPlan, toChains } from "./chain.ts";
import { addListener, Gateways, sayServerNames } from "./gateways.ts";
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
  /** The proxy of a UDP listener, and the listener's name within the gateway. */
  readonly udp?: UdpPlan;
}

export interface UdpPlan {
  readonly config: Json;
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

/** A listener of the input, and what is known of it when it is planned. */
interface Found {
  readonly json: Json;
  readonly path: string;
  readonly socket: Socket | undefined;
  /** Undefined if the model has nothing for some of them. */
  readonly chains: readonly Chain[] | undefined;
}

/** Puts Envoy's listeners into gateways. */
export function planListeners(listeners: readonly Json[], options: PlanOptions): Plan {
  const found = listeners.map((json, index): Found => {
    const path = `static_resources.listeners[${index}]`;
    return { json, path, socket: socketOf(json), chains: toChains(json, options) };
  });
  const gateways = new Gateways();
  const quic = found.filter(({ json }) => isQuic(json));
  const followed = new Map(quic.map((each) => [each, found.find((other) => canFollow(each, other))]));
  const planner = { ...options, gateways, followed };
  const plans = new Map<Found, ListenerPlan>();
  // Those that follow others come after them, wherever they stand.
  for (const each of found.filter((one) => !followed.has(one))) {
    plans.set(each, planUdp(each, planner) ?? planChains(each, planner) ?? planRaw(each, planner));
  }
  for (const [each, other] of followed) {
    const first = other && plans.get(other);
    plans.set(each, (first && planQuic(each, first)) ?? planRaw(each, planner));
  }
  return { listeners: found.flatMap((each) => plans.get(each) ?? []), gateways: gateways.contents };
}

interface Planner extends PlanOptions {
  readonly gateways: Gateways;
  /** For each listener of HTTP/3 the one of TCP whose doors it has too. */
  readonly followed: ReadonlyMap<Found, Found | undefined>;
}

function planUdp({ json, path, socket }: Found, planner: Planner): ListenerPlan | undefined {
  const config = udpProxyOf(json);
  const isKnown = config !== undefined && planner.services.service(udpClusterOf(config)) !== undefined;
  if (!isKnown || socket === undefined || !socket.isUdp || socket.port === 0) return undefined;
  const { port } = socket;
  const settings = { ...addressOf(socket), ...toSettings(json, undefined, planner.plain) };
  const draft = planner.gateways.forPort({ settings, wanted: namesFor(json, socket), port: `udp ${port}` });
  const listener = draft.names.take("udp", `udp-${port}`);
  draft.listeners[listener] = { protocol: "UDP", port };
  const name = `${draft.name}:${port}/udp`;
  return { json, path, gateway: draft.name, name, chains: [], isRaw: false, udp: { config, listener } };
}

function planChains(each: Found, planner: Planner): ListenerPlan | undefined {
  const { json, path, socket, chains } = each;
  if (socket === undefined || chains === undefined || socket.isUdp || socket.port === 0) return undefined;
  const { port } = socket;
  const followers = [...planner.followed].filter(([, other]) => other === each).flatMap(([{ chains }]) => chains ?? []);
  const contents = chains.flatMap((chain): Authored[] => {
    const http3 = followers.some((follower) => isSameDoor(follower, chain));
    const content = toListener(json, chain, { port, http3 });
    return content === undefined ? [] : [content];
  });
  if (contents.length < chains.length) return undefined;
  const settings = { ...addressOf(socket), ...toSettings(json, chains[0], planner.plain) };
  const draft = planner.gateways.forPort({ settings, wanted: namesFor(json, socket), port: `tcp ${port}` });
  const planned = chains.map((chain, index): ChainPlan => {
    const listener = addListener(draft, contents[index] ?? {}, chain);
    return { ...chain, listener, door: `${draft.name}/${listener}` };
  });
  sayServerNames(draft, planned);
  return { json, path, gateway: draft.name, name: `${draft.name}:${port}`, chains: planned, isRaw: false };
}

/** HTTP/3 beside HTTPS, on the port of the same number. */
function planQuic({ json, path, chains = [] }: Found, { chains: doors, gateway, name }: ListenerPlan) {
  const planned = chains.flatMap((chain): ChainPlan[] => {
    const same = doors.find((door) => isSameDoor(chain, door));
    return same === undefined ? [] : [{ ...chain, listener: same.listener, door: same.door }];
  });
  const isWhole = planned.length === chains.length;
  return isWhole ? { json, path, gateway, name: `${name}/quic`, chains: planned, isRaw: false } : undefined;
}

/** A listener that a patch carries whole. */
function planRaw({ json, path, socket }: Found, { gateways, plain }: Planner): ListenerPlan {
  const name = textIn(json, "name");
  // Without patches it would do nothing of what it did.
  if (plain) return { json, path, gateway: "", name, chains: [], isRaw: true };
  const draft = gateways.alone(socket === undefined ? {} : addressOf(socket), [name, "raw"]);
  const isTaken = socket !== undefined && socket.port > 0 && !socket.isUdp;
  // A port that nobody listens on stands for what has none, or one of UDP.
  const port = isTaken ? socket.port : gateways.contents.size;
  draft.listeners.tcp = { protocol: "TCP", port };
  return { json, path, gateway: draft.name, name: `${draft.name}:${port}`, chains: [], isRaw: true };
}

/** Whether a listener of HTTP/3 has the doors of another one, so that the model says both in one. */
function canFollow({ json, socket, chains }: Found, other: Found): boolean {
  const isBeside = socket !== undefined && other.socket !== undefined && !other.socket.isUdp;
  if (!isBeside || !isQuic(json) || chains === undefined) return false;
  const isSameAddress = socket.address === other.socket?.address && socket.port === other.socket.port;
  return isSameAddress && chains.every((chain) => other.chains?.some((door) => isSameDoor(chain, door)) === true);
}

/** Envoy cannot ask clients for certificates over QUIC. */
function isSameDoor(chain: Chain, { protocol, tls, serverNames }: Chain): boolean {
  return protocol === "HTTPS" && tls?.ca === undefined && serverNames.join() === chain.serverNames.join();
}

function isQuic(listener: Json): boolean {
  return objectIn(listener, "udp_listener_config")?.quic_options !== undefined;
}

interface Socket {
  readonly address: string;
  readonly port: number;
  readonly isUdp: boolean;
}

function socketOf(listener: Json): Socket | undefined {
  const socket = objectIn(objectIn(listener, "address"), "socket_address");
  const address = textIn(socket, "address");
  if (isIP(address) === 0 || listener.api_listener !== undefined) return undefined;
  return { address, port: numberIn(socket, "port_value") ?? 0, isUdp: textIn(socket, "protocol") === "UDP" };
}

function addressOf({ address }: Socket): Authored {
  return address === "0.0.0.0" ? {} : { address };
}

function namesFor(listener: Json, { address }: Socket): readonly string[] {
  return [address.startsWith("127.") || address === "::1" ? "local" : "public", textIn(listener, "name")];
}

/** The configuration of a listener that only sends datagrams on. */
function udpProxyOf(listener: Json): Json | undefined {
  const [filter, ...others] = objectsIn(listener, "listener_filters");
  const config = objectIn(filter, "typed_config");
  return others.length === 0 && typeIn(config).endsWith(".UdpProxyConfig") ? config : undefined;
}

/** The cluster that datagrams go to without further conditions. */
export function udpClusterOf(proxy: Json): string {
  const onNoMatch = objectIn(objectIn(proxy, "matcher"), "on_no_match");
  const route = objectIn(objectIn(onNoMatch, "action"), "typed_config");
  return typeIn(route).endsWith(".Route") ? textIn(route, "cluster") : textIn(proxy, "cluster");
}
