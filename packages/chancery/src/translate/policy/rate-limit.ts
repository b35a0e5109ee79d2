import type {
  RateLimit_ActionJson,
  RateLimitJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { RateLimitPerRouteJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb.js";
import { controlPlaneCluster } from "../../bootstrap/bootstrap.ts";
import type { Item } from "../../model/model.ts";
import { entryOfLimit, nameOfKey, ownDomain, type RateLimit, type RateLimitKey } from "../../model/rate-limit.ts";
import { typed } from "../json.ts";
import type { PolicyFilter, PolicySection } from "./section.ts";

/**
 * What happens without an answer is a matter of the filter; each takes the rate limits of its own stage. Limits of a
 * domain by hand have filters of their own, since a filter asks for one domain.
 */
interface Variant {
  readonly name: string;
  readonly stage: number;
  readonly isOwn: boolean;
  readonly onFailure: RateLimit["onFailure"];
}

const variants: readonly Variant[] = [
  { name: "envoy.filters.http.ratelimit", stage: 0, isOwn: true, onFailure: "allow" },
  { name: "chancery.rate_limit.strict", stage: 1, isOwn: true, onFailure: "deny" },
  { name: "chancery.rate_limit.by_hand", stage: 2, isOwn: false, onFailure: "allow" },
  { name: "chancery.rate_limit.by_hand.strict", stage: 3, isOwn: false, onFailure: "deny" },
];

/** Asks the control plane whether a request is within its limits. */
export const rateLimit: PolicySection = {
  filters: variants.map(toFilter),
  perHost: toRateLimits,
  perAction: toRateLimits,
};

function toFilter(variant: Variant): PolicyFilter {
  const { name, stage, onFailure } = variant;
  return {
    name,
    config: typed("envoy.extensions.filters.http.ratelimit.v3.RateLimit", {
      domain: ownDomain,
      stage,
      // Longer than Envoy would wait by itself: what is late is let through, or refused, without having been counted.
      timeout: "0.1s",
      ...(onFailure === "deny" && { failureModeDeny: true, statusOnError: { code: "ServiceUnavailable" } }),
      // Callers of gRPC know what that is.
      rateLimitedAsResourceExhausted: true,
      enableXRatelimitHeaders: "DRAFT_VERSION_03",
      rateLimitService: {
        transportApiVersion: "V3",
        grpcService: { envoyGrpc: { clusterName: controlPlaneCluster } },
      },
    }),
    say: (policies) => toPerRoute(limitsOf(policies).filter((limit) => isOf(limit, variant))),
  };
}

/** What a host says counts for its rules too, whatever they say. */
function toPerRoute(limits: readonly RateLimit[]) {
  const last = limits.at(-1);
  if (last === undefined) return undefined;
  const fields: RateLimitPerRouteJson = { ...("domain" in last && { domain: last.domain }), vhRateLimits: "INCLUDE" };
  return typed("envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute", fields);
}

function isOf(limit: RateLimit, { isOwn, onFailure }: Variant): boolean {
  return "limits" in limit === isOwn && limit.onFailure === onFailure;
}

function limitsOf(policies: readonly Item<"policies">[]): readonly RateLimit[] {
  return policies.flatMap(({ value }) => value.rateLimit ?? []);
}

/** What the service is asked for: a descriptor for each limit. */
function toRateLimits(policies: readonly Item<"policies">[]): { rateLimits?: RateLimitJson[] } {
  const rateLimits = [...new Set(policies)].flatMap(({ name, value: { rateLimit: limit } }) => {
    if (limit === undefined) return [];
    const { stage = 0 } = variants.find((variant) => isOf(limit, variant)) ?? {};
    return actionsOf(name, limit).map((actions): RateLimitJson => ({ ...(stage > 0 && { stage }), actions }));
  });
  return rateLimits.length === 0 ? {} : { rateLimits };
}

function actionsOf(policy: string, limit: RateLimit): RateLimit_ActionJson[][] {
  if ("domain" in limit) return limit.descriptors.map((keys) => keys.map(toAction));
  return Object.entries(limit.limits).map(([name, { key = [] }]) => {
    const entry = entryOfLimit(policy, name);
    return [{ genericKey: { descriptorKey: entry.key, descriptorValue: entry.value } }, ...key.map(toAction)];
  });
}

function toAction(key: RateLimitKey): RateLimit_ActionJson {
  const descriptorKey = nameOfKey(key);
  if (typeof key === "string") return wordActions[key](descriptorKey);
  if ("header" in key) return { requestHeaders: { headerName: key.header, descriptorKey } };
  if ("query" in key) return { queryParameters: { queryParameterName: key.query, descriptorKey } };
  return { genericKey: { descriptorKey, descriptorValue: key.generic } };
}

type KeyWord = Extract<RateLimitKey, string>;

const wordActions: Readonly<Record<KeyWord, (descriptorKey: string) => RateLimit_ActionJson>> = {
  remoteAddress: () => ({ remoteAddress: {} }),
  method: (descriptorKey) => ({ requestHeaders: { headerName: ":method", descriptorKey } }),
  host: (descriptorKey) => ({ requestHeaders: { headerName: ":authority", descriptorKey } }),
  // The header has the query too, by which every client could have a count of its own for each request.
  path: (descriptorKey) => ({
    extension: {
      name: "envoy.rate_limit_descriptors.expr",
      typedConfig: typed("envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor", {
        descriptorKey,
        text: "request.url_path",
      }),
    },
  }),
};
