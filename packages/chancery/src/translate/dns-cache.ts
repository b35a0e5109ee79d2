import type { DnsCacheConfigJson } from "@chancery/envoy-api/gen/envoy/extensions/common/dynamic_forward_proxy/v3/dns_cache_pb.js";

/** The cache that dynamic services share: their clusters and the filter that looks hosts up name it alike. */
export const dnsCache: DnsCacheConfigJson = { name: "chancery", dnsLookupFamily: "V4_PREFERRED" };
