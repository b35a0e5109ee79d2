import type { ListenerFilterJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js";
import type { ListenerJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_pb.js";
import { typed } from "../json.ts";
import type { DoorContext, PortContext } from "./context.ts";
import { toFilterChains } from "./filter-chain.ts";
import { toUdpProxy } from "./udp-proxy.ts";

/** One of Envoy's listeners; undefined when nothing would come of what it takes. */
export function toListener(context: PortContext): ListenerJson | undefined {
  const { port } = context;
  const doors = port.doors.map((door): DoorContext => ({ ...context, door }));
  return port.transport === "udp" ? toUdpListener(doors, context) : toChainedListener(doors, context);
}

function toChainedListener(doors: readonly DoorContext[], context: PortContext): ListenerJson | undefined {
  const { port, gateway } = context;
  const filterChains = toFilterChains(doors);
  if (filterChains.length === 0) return undefined;
  const listenerFilters = port.transport === "tcp" ? toListenerFilters(context) : [];
  return {
    ...toAddressOf(context),
    perConnectionBufferLimitBytes: gateway.limits?.bufferBytes ?? 32_768,
    ...(listenerFilters.length > 0 && { listenerFilters }),
    filterChains,
    ...(port.transport === "quic" && {
      udpListenerConfig: { quicOptions: {}, downstreamSocketConfig: { preferGro: true } },
    }),
  };
}

function toUdpListener(doors: readonly DoorContext[], context: PortContext): ListenerJson | undefined {
  const proxies = doors.flatMap((door) => {
    const stream = context.streams.find(({ listener }) => listener === door.door.first.name);
    const proxy = stream && toUdpProxy(stream, door);
    return proxy === undefined ? [] : [proxy];
  });
  if (proxies[0] === undefined) return undefined;
  return { ...toAddressOf(context), udpListenerConfig: {}, listenerFilters: [proxies[0]] };
}

function toAddressOf({ port }: PortContext): ListenerJson {
  const { name, address, port: portValue, transport } = port;
  const protocol = transport === "tcp" ? {} : { protocol: "UDP" as const };
  // The address of all of IPv6 takes IPv4 too.
  const both = address === "::" ? { ipv4Compat: true } : {};
  return { name, address: { socketAddress: { ...protocol, address, portValue, ...both } } };
}

/** What looks at connections before it is known which chain takes them, in this order. */
function toListenerFilters({ port }: PortContext): ListenerFilterJson[] {
  const listeners = port.doors.flatMap((door) => door.listeners.map(({ value }) => value));
  return [
    ...(listeners.some(({ proxyProtocol }) => proxyProtocol) ? [proxyProtocol] : []),
    ...(listeners.some(({ protocol }) => protocol === "HTTPS" || protocol === "TLS") ? [tlsInspector] : []),
  ];
}

const proxyProtocol: ListenerFilterJson = {
  name: "envoy.filters.listener.proxy_protocol",
  typedConfig: typed("envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol", {}),
};

const tlsInspector: ListenerFilterJson = {
  name: "envoy.filters.listener.tls_inspector",
  typedConfig: typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", {}),
};
