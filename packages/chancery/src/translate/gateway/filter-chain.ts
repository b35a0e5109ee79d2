import type { TransportSocketJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type {
  FilterChainJson,
  FilterJson,
} from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js";
import type { Listener } from "../../model/gateway.ts";
import { toDuration, typed } from "../json.ts";
import { toConnectionManager } from "./connection-manager.ts";
import type { DoorContext, Stream } from "./context.ts";
import { toTcpProxy } from "./tcp-proxy.ts";
import { toQuicSocket, toTlsContext, toTlsSocket } from "./tls-context.ts";

/** A filter chain before it is known which server names are left for it. */
interface ChainPlan {
  readonly name: string;
  /** `plain` connections, or those of TLS whose clients ask for one of these names; `*` for all others. */
  readonly takes: "plain" | readonly string[];
  readonly filters: FilterJson[];
  readonly socket?: TransportSocketJson;
}

/** Plans what a listener of a gateway does with connections. One that cannot do what it says has no plan. */
function planChains(context: DoorContext): readonly ChainPlan[] {
  const { value } = context.door.first;
  return plans[value.protocol](context, value);
}

const plans: Readonly<Record<Listener["protocol"], (context: DoorContext, listener: Listener) => ChainPlan[]>> = {
  HTTP: (context) => [
    { name: context.door.name, takes: "plain", filters: [...connectionLimit(context), toConnectionManager(context)] },
  ],
  HTTPS: planHttps,
  TLS: planTls,
  TCP: planTcp,
  UDP: () => [],
};

function planHttps(context: DoorContext, { tls, hostnames }: Listener): ChainPlan[] {
  const isQuic = context.port.transport === "quic";
  const alpn = isQuic ? ["h3"] : (tls?.alpn ?? ["h2", "http/1.1"]);
  const tlsContext = tls && toTlsContext(tls, context.certificates, alpn);
  if (tlsContext === undefined) return [];
  return [
    {
      name: context.door.name,
      takes: hostnames ?? ["*"],
      filters: [...connectionLimit(context), toConnectionManager(context)],
      socket: isQuic ? toQuicSocket(tlsContext) : toTlsSocket(tlsContext),
    },
  ];
}

/** Connections of TLS go where the server name says, one chain for each route. */
function planTls(context: DoorContext, { tls }: Listener): ChainPlan[] {
  if (tls === undefined) return [];
  const socket = tls.mode === "passthrough" ? undefined : toTlsContext(tls, context.certificates, tls.alpn);
  if (tls.mode === "terminate" && socket === undefined) return [];
  return context.streams
    .filter(({ listener }) => listener === context.door.first.name)
    .map((stream) => ({
      name: `${context.door.name}/${stream.item.name}`,
      takes: stream.hosts,
      filters: streamFilters(stream, context),
      ...(socket && { socket: toTlsSocket(socket) }),
    }));
}

/** Nothing tells one connection of TCP from another, so the first route gets them all. */
function planTcp(context: DoorContext): ChainPlan[] {
  const stream = context.streams.find(({ listener }) => listener === context.door.first.name);
  const filters = stream ? streamFilters(stream, context) : [];
  return [{ name: context.door.name, takes: "plain", filters }];
}

/** None where connections go nowhere: then Envoy closes them at once, and refuses to limit them first. */
function streamFilters(stream: Stream, context: DoorContext): FilterJson[] {
  const proxy = toTcpProxy(stream, context);
  return proxy.length === 0 ? [] : [...connectionLimit(context), ...proxy];
}

function connectionLimit({ door, gateway: { limits } }: DoorContext): FilterJson[] {
  if (limits?.connections === undefined) return [];
  const type = "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit";
  const fields = { statPrefix: door.name, maxConnections: `${limits.connections}` };
  return [{ name: "envoy.filters.network.connection_limit", typedConfig: typed(type, fields) }];
}

/**
 * The chains of one of Envoy's listeners. Envoy refuses a listener of which two chains take the same, so what is taken
 * already is left out: the first that is written has it.
 */
export function toFilterChains(contexts: readonly DoorContext[]): FilterChainJson[] {
  const taken = new Set<string>();
  const chains = contexts.flatMap((context) =>
    planChains(context).flatMap((plan) => {
      const free = (plan.takes === "plain" ? ["plain"] : plan.takes).filter((what) => !taken.has(what));
      for (const what of free) taken.add(what);
      return free.length === 0 ? [] : [{ context, plan, free }];
    }),
  );
  const isMixed = taken.has("plain") && taken.size > 1;
  return chains.map(({ context, plan, free }) => {
    const { name, filters, socket } = plan;
    const handshake = socket && (context.gateway.timeouts?.tlsHandshake ?? 10_000);
    return {
      name,
      ...toMatch(free, context.port.transport, isMixed),
      filters,
      ...(socket && { transportSocket: socket }),
      ...(handshake !== undefined && { transportSocketConnectTimeout: toDuration(handshake) }),
    };
  });
}

function toMatch(
  takes: readonly string[],
  transport: DoorContext["port"]["transport"],
  isMixed: boolean,
): Pick<FilterChainJson, "filterChainMatch"> {
  if (takes.includes("plain")) return isMixed ? { filterChainMatch: { transportProtocol: "raw_buffer" } } : {};
  const serverNames = takes.includes("*") ? [] : takes;
  if (transport === "quic")
    return serverNames.length === 0 ? {} : { filterChainMatch: { serverNames: [...serverNames] } };
  return {
    filterChainMatch: {
      ...(serverNames.length > 0 && { serverNames: [...serverNames] }),
      transportProtocol: "tls",
    },
  };
}
