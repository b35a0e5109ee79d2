import type { ListenerJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_pb.js";
import type { HttpConnectionManagerJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { type Snapshot, toSnapshot } from "@chancery/xds";
import type { Gateway } from "../model/gateway.ts";
import type { Items } from "../model/model.ts";
import type { Draft } from "../translate/draft.ts";
import { encodeDraft } from "../translate/encode.ts";
import { typed } from "../translate/json.ts";

/** The snapshot of Envoys that belong to no fleet. */
export function toUnmatchedSnapshot(gateways: Items<"gateways">): Snapshot {
  return toSnapshot(
    toUnmatchedDrafts(gateways).flatMap((draft) => {
      const encoded = encodeDraft(draft);
      return encoded.ok ? [encoded.resource] : [];
    }),
  );
}

/**
 * What an Envoy gets that belongs to no fleet: listeners where the gateways' are, for plain HTTP, that say so. Without
 * them nobody would see why nothing listens.
 */
function toUnmatchedDrafts(gateways: Items<"gateways">): readonly Draft[] {
  const drafts = new Map<string, Draft>();
  for (const gateway of gateways.values()) {
    for (const { protocol, port, address = gateway.value.address } of listenersOf(gateway.value)) {
      const name = `no-fleet:${address}:${port}`;
      if (protocol === "HTTP")
        drafts.set(name, { type: "listeners", name, json: toListener(name, address, port), from: [gateway] });
    }
  }
  return [...drafts.values()];
}

function listenersOf({ listeners }: Gateway) {
  return Object.values(listeners);
}

const reason = "This Envoy belongs to no fleet: no fleet's match fits its node. See the control plane's log.\n";

function toListener(name: string, address: string, portValue: number): ListenerJson {
  const manager: HttpConnectionManagerJson = {
    statPrefix: "no_fleet",
    httpFilters: [
      { name: "envoy.filters.http.router", typedConfig: typed("envoy.extensions.filters.http.router.v3.Router", {}) },
    ],
    routeConfig: {
      name: "no-fleet",
      virtualHosts: [
        {
          name: "no-fleet",
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, directResponse: { status: 503, body: { inlineString: reason } } }],
        },
      ],
    },
  };
  const type = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  return {
    name,
    address: { socketAddress: { address, portValue } },
    filterChains: [
      { filters: [{ name: "envoy.filters.network.http_connection_manager", typedConfig: typed(type, manager) }] },
    ],
  };
}
