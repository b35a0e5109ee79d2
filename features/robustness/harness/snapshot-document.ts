/** A snapshot as a user writes it: ten services with all that leads to them, in many forms of JSON. */
export function snapshotDocument(version: string) {
  const services = Array.from({ length: 10 }, (_, index) => `service-${index}`);
  return {
    version,
    resources: {
      clusters: services.map(toCluster),
      endpoints: services.map(toEndpoints),
      routes: [toRoutes(services)],
      listeners: [toListener()],
      secrets: [{ name: "certificate", tlsCertificate: { privateKey: { inlineString: "key" } } }],
      runtimes: [
        { name: "flags", layer: { "envoy.reloadable": true, nested: { list: [1, "two", null, { deep: [] }] } } },
      ],
      "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig": [
        { name: "wrapped", ttl: "30s", aliases: ["also"], resource: { name: "x", typedConfig: toAny() } },
      ],
    },
  };
}

function toCluster(name: string) {
  return {
    name,
    type: "EDS",
    connectTimeout: "0.25s",
    lbPolicy: 1,
    perConnectionBufferLimitBytes: 32768,
    edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: "V3" } },
    metadata: { filterMetadata: { "envoy.lb": { canary: true, weight: 1.5e3, stage: "prod" } } },
    circuitBreakers: {
      thresholds: [{ priority: "HIGH", maxConnections: 1000, retryBudget: { budgetPercent: { value: 20 } } }],
    },
    typedExtensionProtocolOptions: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": toAny() },
  };
}

function toAny() {
  return {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    explicitHttpConfig: { http2ProtocolOptions: { maxConcurrentStreams: 100 } },
  };
}

function toEndpoints(clusterName: string) {
  const lbEndpoints = Array.from({ length: 3 }, (_, index) => ({
    endpoint: { address: { socketAddress: { address: `10.0.0.${index + 1}`, portValue: 8080 } } },
    healthStatus: "HEALTHY",
    loadBalancingWeight: 10,
  }));
  return { clusterName, endpoints: [{ locality: { zone: "a" }, lbEndpoints }] };
}

function toRoutes(services: readonly string[]) {
  const routes = services.map((cluster) => ({
    match: { prefix: `/${cluster}`, headers: [{ name: ":method", stringMatch: { safeRegex: { regex: "GET|POST" } } }] },
    route: { cluster, timeout: "15s", retryPolicy: { retryOn: "5xx", numRetries: 2, retriableStatusCodes: [503] } },
  }));
  return { name: "routes", virtualHosts: [{ name: "all", domains: ["*"], routes }] };
}

function toListener() {
  return {
    name: "http",
    address: { socketAddress: { address: "0.0.0.0", portValue: 80 } },
    filterChains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typedConfig: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              statPrefix: "http",
              rds: { routeConfigName: "routes", configSource: { ads: {} } },
              httpFilters: [
                {
                  name: "envoy.filters.http.router",
                  typedConfig: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}
