import type { ConfigJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state_pb.js";

/** Where the client's address stands for rules that match on it. */
export const sourceAddressKey = "chancery.source_address";

/**
 * Envoy's routes cannot match on the client's address, but on what filters noted of a request. So a filter notes the
 * address, the one that `x-forwarded-for` says where that is believed, and has the route chosen once more.
 */
export const noteSourceAddress: ConfigJson = {
  onRequestHeaders: [
    {
      objectKey: sourceAddressKey,
      factoryKey: "envoy.network.ip",
      formatString: { textFormatSource: { inlineString: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" } },
    },
  ],
  clearRouteCache: true,
};
