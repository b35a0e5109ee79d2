import type { FilterJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js";
import type { TcpProxyJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import type { Destination } from "../../model/route.ts";
import { toDuration, typed } from "../json.ts";
import { toSubset } from "../rule/destinations.ts";
import { toTcpAccessLog } from "./access-log.ts";
import type { DoorContext, Stream } from "./context.ts";

/** Sends connections on. Those that would go to a service that does not exist are closed. */
export function toTcpProxy(stream: Stream, { fleet, gateway, door }: DoorContext): FilterJson[] {
  const to = stream.to.filter(({ weight }) => weight > 0);
  // Without a filter Envoy closes connections at once.
  if (to.length === 0) return [];
  const idle = gateway.timeouts?.idle;
  const fields: TcpProxyJson = {
    statPrefix: door.name,
    ...toClusters(to),
    ...(idle !== undefined && { idleTimeout: toDuration(idle) }),
    ...toTcpAccessLog(fleet.value, door.name),
  };
  const type = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  return [{ name: "envoy.filters.network.tcp_proxy", typedConfig: typed(type, fields) }];
}

function toClusters(to: readonly Destination[]): TcpProxyJson {
  const [first, ...others] = to;
  if (first !== undefined && others.length === 0) return { cluster: first.service, ...toSubset(first) };
  return {
    weightedClusters: {
      clusters: to.map((destination) => ({
        name: destination.service,
        weight: destination.weight,
        ...toSubset(destination),
      })),
    },
  };
}
