// A control plane of one's own, which also splits rate limits over its Envoys beside serving xDS. GET /quotas shows how.
import { createServer } from "node:http";
import { parseSnapshot, Snapshots, XdsServer } from "@chancery/xds";
import { QuotaSharing, rateLimitQuotaHandlers } from "@chancery/xds/services";

const { XDS_PORT = "18000", HTTP_PORT = "18001" } = process.env;

/** What all Envoys together let through of each tenant. */
const sharing = new QuotaSharing({
  ruleOf: (_domain, bucket) => (bucket.get("tenant") === "paid" ? "allow" : { requests: 10, per: "minute" }),
});

const extensions = "type.googleapis.com/envoy.extensions.filters";

function toSnapshot(nodeId: string, port: number) {
  const quota = {
    "@type": `${extensions}.http.rate_limit_quota.v3.RateLimitQuotaFilterConfig`,
    domain: "shop",
    // The protocol has no place for who asks, so a header says it.
    rlqs_server: {
      envoy_grpc: { cluster_name: "xds_cluster" },
      initial_metadata: [{ key: "x-node-id", value: nodeId }],
    },
    bucket_matchers: {
      on_no_match: {
        action: {
          name: "by-tenant",
          typed_config: {
            "@type": `${extensions}.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings`,
            bucket_id_builder: {
              bucket_id_builder: {
                tenant: {
                  custom_value: {
                    name: "header",
                    typed_config: {
                      "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
                      header_name: "x-tenant",
                    },
                  },
                },
              },
            },
            reporting_interval: "5s",
            expired_assignment_behavior: {
              expired_assignment_behavior_timeout: "60s",
              reuse_last_assignment: {},
            },
          },
        },
      },
    },
  };
  const manager = {
    "@type": `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "http",
    route_config: {
      name: "all",
      virtual_hosts: [
        { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "shop" } }] },
      ],
    },
    http_filters: [
      { name: "quota", typed_config: quota },
      { name: "router", typed_config: { "@type": `${extensions}.http.router.v3.Router` } },
    ],
  };
  const parsed = parseSnapshot({
    resources: {
      listeners: [
        {
          name: "http",
          address: { socket_address: { address: "127.0.0.1", port_value: port } },
          filter_chains: [{ filters: [{ name: "http", typed_config: manager }] }],
        },
      ],
      clusters: [
        {
          name: "shop",
          load_assignment: {
            cluster_name: "shop",
            endpoints: [
              {
                lb_endpoints: [
                  { endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: 9001 } } } },
                ],
              },
            ],
          },
        },
      ],
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.snapshot;
}

const snapshots = new Snapshots();
snapshots.set("edge-1", toSnapshot("edge-1", 8080));
snapshots.set("edge-2", toSnapshot("edge-2", 8081));

const server = new XdsServer({ snapshots });
for (const { method, open, options } of rateLimitQuotaHandlers(sharing)) server.grpc.handle(method, open, options);
await server.listen({ host: "127.0.0.1", port: Number(XDS_PORT) });

createServer((_, response) => {
  const quotas = [...sharing.buckets].map(({ bucket, rule, shares }) => ({
    tenant: bucket.get("tenant"),
    rule,
    shares: shares.map(({ client, demand, strategy }) => ({
      envoy: client.metadata["x-node-id"],
      requestsPerSecond: Math.round(demand * 10) / 10,
      told: strategy?.kind === "tokens" ? `${strategy.tokens.refill} in ${strategy.tokens.seconds} s` : strategy?.kind,
    })),
  }));
  response.setHeader("content-type", "application/json");
  response.end(`${JSON.stringify(quotas, undefined, 2)}\n`);
}).listen(Number(HTTP_PORT), "127.0.0.1");
console.log("The control plane serves xDS and splits quotas.");
