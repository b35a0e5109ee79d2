import { envoyApi } from "@chancery/envoy-api";

/**
 * A resource type and the discovery service that serves it. What the descriptors say of it is read from them; the rest
 * is what the protocol says of it: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 */
export interface ResourceType extends TypeRules {
  readonly typeUrl: string;
  /** The full name of its message. */
  readonly message: string;
  /** Its place in the order in which types are sent. */
  readonly rank: number;
  /** gRPC methods such as `/envoy.service.cluster.v3.ClusterDiscoveryService/StreamClusters`. */
  readonly methods: Readonly<Record<"sotw" | "delta" | "fetch", string | undefined>>;
  /** Where it is served as REST-JSON, such as `/v3/discovery:clusters`. */
  readonly restPath: string | undefined;
}

interface TypeRules {
  /** What snapshots call the type. */
  readonly key: string;
  /** True if a client that names nothing wants everything. */
  readonly legacyWildcard: boolean;
  /** True if a SotW response says everything: a resource that is not in it is deleted. */
  readonly complete: boolean;
  /**
   * A referent is what others refer to: it is sent before them and withdrawn after them. A referrer refers to clusters.
   * What is free is sent whenever it changes.
   */
  readonly role: "referent" | "referrer" | "free";
}

const typeUrlPrefix = "type.googleapis.com/";

const noMethods = { sotw: undefined, delta: undefined, fetch: undefined };
const everything = { legacyWildcard: true, complete: true } as const;
const named = { legacyWildcard: false, complete: false } as const;

/** All discovery services, in the order in which their types are sent. Nothing else lists them. */
const services: Record<string, TypeRules> = {
  "envoy.service.runtime.v3.RuntimeDiscoveryService": { key: "runtimes", role: "free", ...named },
  "envoy.service.cluster.v3.ClusterDiscoveryService": { key: "clusters", role: "referent", ...everything },
  "envoy.service.endpoint.v3.EndpointDiscoveryService": { key: "endpoints", role: "referent", ...named },
  "envoy.service.endpoint.v3.LocalityEndpointDiscoveryService": { key: "lbEndpoints", role: "free", ...named },
  "envoy.service.secret.v3.SecretDiscoveryService": { key: "secrets", role: "referent", ...named },
  "envoy.service.extension.v3.ExtensionConfigDiscoveryService": { key: "extensionConfigs", role: "free", ...named },
  "envoy.service.listener.v3.ListenerDiscoveryService": { key: "listeners", role: "referrer", ...everything },
  "envoy.service.route.v3.ScopedRoutesDiscoveryService": { key: "scopedRoutes", role: "referrer", ...everything },
  "envoy.service.route.v3.RouteDiscoveryService": { key: "routes", role: "referrer", ...named },
  "envoy.service.route.v3.VirtualHostDiscoveryService": { key: "virtualHosts", role: "referrer", ...named },
};

/** The types that have a discovery service, in the order in which they are sent. */
export const resourceTypes: readonly ResourceType[] = Object.entries(services).map(([service, rules], rank) =>
  describe(service, rules, rank),
);

const byTypeUrl = new Map(resourceTypes.map((type) => [type.typeUrl, type]));

/** The type with a URL such as `type.googleapis.com/envoy.config.cluster.v3.Cluster`, if a discovery service serves it. */
export function typeOf(typeUrl: string): ResourceType | undefined {
  return byTypeUrl.get(typeUrl);
}

/** What snapshots call a type. */
export function keyOf(typeUrl: string): string {
  return typeOf(typeUrl)?.key ?? typeUrl;
}

/** Types that Envoy's API does not have, of which clients want everything: servers of envoyproxy/ratelimit do. */
const wholeTypes: ReadonlySet<string> = new Set(["ratelimit.config.ratelimit.v3.RateLimitConfig"]);

/** A type without a discovery service of its own: it can be served over ADS, mostly by name. */
export function opaqueType(typeUrl: string): ResourceType {
  const message = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  return {
    typeUrl,
    message,
    key: typeUrl,
    rank: resourceTypes.length,
    methods: noMethods,
    restPath: undefined,
    role: "free",
    ...(wholeTypes.has(message) ? everything : named),
  };
}

export const clusters = typeWithKey("clusters");
export const endpoints = typeWithKey("endpoints");
export const lbEndpoints = typeWithKey("lbEndpoints");
export const secrets = typeWithKey("secrets");
export const routes = typeWithKey("routes");
export const scopedRoutes = typeWithKey("scopedRoutes");
export const virtualHosts = typeWithKey("virtualHosts");

function typeWithKey(key: string): ResourceType {
  const type = resourceTypes.find((candidate) => candidate.key === key);
  if (type === undefined) throw new TypeError(`No resource type has the key "${key}"`);
  return type;
}

function describe(service: string, rules: TypeRules, rank: number): ResourceType {
  const descriptor = envoyApi().service(service);
  const message = descriptor?.resourceType;
  if (descriptor === undefined || message === undefined) throw new TypeError(`"${service}" is no discovery service`);
  const method = (prefix: string) => descriptor.methods.find(({ name }) => name.startsWith(prefix));
  const path = (prefix: string) => {
    const found = method(prefix);
    return found && `/${service}/${found.name}`;
  };
  const methods = { sotw: path("Stream"), delta: path("Delta"), fetch: path("Fetch") };
  const restPath = descriptor.methods.find(({ http }) => http !== undefined)?.http?.path;
  return { ...rules, rank, message, typeUrl: `${typeUrlPrefix}${message}`, methods, restPath };
}
