import type { ListenerFilterJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js";
import type { UdpProxyConfigJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.js";
import { toDuration, typed } from "../json.ts";
import { toTcpAccessLog } from "./access-log.ts";
import type { DoorContext, Stream } from "./context.ts";

/** Sends datagrams on. Envoy knows no weights for them: the first destination that has one gets all. */
export function toUdpProxy(stream: Stream, { fleet, gateway, door }: DoorContext): ListenerFilterJson | undefined {
  const destination = stream.to.find(({ weight }) => weight > 0);
  if (destination === undefined) return undefined;
  const idle = gateway.timeouts?.idle;
  const route = typed("envoy.extensions.filters.udp.udp_proxy.v3.Route", { cluster: destination.service });
  const fields: UdpProxyConfigJson = {
    statPrefix: door.name,
    matcher: { onNoMatch: { action: { name: "route", typedConfig: route } } },
    ...(idle !== undefined && { idleTimeout: toDuration(idle) }),
    ...toTcpAccessLog(fleet.value, door.name),
  };
  const type = "envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig";
  return { name: "envoy.filters.udp_listener.udp_proxy", typedConfig: typed(type, fields) };
}
