import type { DnsCacheConfigJson } from "@chancery/envoy-api/gen/envoy/extensions/common/dynamic_forward_proxy/v3/dns_cache_pb.js";

/** The cache that dynamic services share. Their clusters look hosts up in it themselves; it needs no HTTP filter. */
export const dnsCache: DnsCacheConfigJson = { name: "chancery", dnsLookupFamily: "V4_PREFERRED" };
