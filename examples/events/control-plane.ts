// A control plane of one's own, which hears of what Envoy's health checks come to beside serving xDS. GET /events shows
// the last ones.
import { createServer } from "node:http";
import { parseSnapshot, Snapshots, XdsServer } from "@chancery/xds";
import { eventReportingHandlers } from "@chancery/xds/services";

const { XDS_PORT = "18000", HTTP_PORT = "18001" } = process.env;

const router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
const manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const fileSink = "type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink";

const parsed = parseSnapshot({
  resources: {
    listeners: [
      {
        name: "http",
        address: { socket_address: { address: "127.0.0.1", port_value: 8080 } },
        filter_chains: [
          {
            filters: [
              {
                name: "http",
                typed_config: {
                  "@type": manager,
                  stat_prefix: "http",
                  route_config: {
                    name: "all",
                    virtual_hosts: [
                      { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "shop" } }] },
                    ],
                  },
                  http_filters: [{ name: "router", typed_config: { "@type": router } }],
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: "shop",
        // Nobody answers at the second.
        load_assignment: { cluster_name: "shop", endpoints: [{ lb_endpoints: [9001, 9].map(toEndpoint) }] },
        health_checks: [
          {
            timeout: "1s",
            interval: "1s",
            no_traffic_interval: "1s",
            healthy_threshold: 1,
            unhealthy_threshold: 1,
            http_health_check: { path: "/" },
            event_logger: [{ name: "file", typed_config: { "@type": fileSink, event_log_path: "health.log" } }],
          },
        ],
      },
    ],
  },
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const snapshots = new Snapshots();
snapshots.set("edge-1", parsed.snapshot);

const server = new XdsServer({ snapshots });
const seen: object[] = [];
const reporting = eventReportingHandlers({
  onEvents(events, { node }) {
    for (const { toJson, ...event } of events) seen.push({ node: node.id, ...event });
    // Old ones go.
    seen.splice(0, seen.length - 100);
  },
});
for (const { method, open, options } of reporting.methods) server.grpc.handle(method, open, options);
await server.listen({ host: "127.0.0.1", port: Number(XDS_PORT) });

createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(seen, undefined, 2));
}).listen(Number(HTTP_PORT), "127.0.0.1");
console.log("The control plane serves xDS and takes events.");

function toEndpoint(port: number): object {
  return { endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } };
}
