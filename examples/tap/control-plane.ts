// A control plane of one's own, which takes what is tapped of requests beside serving xDS. GET /taps shows the last ones.
import { createServer } from "node:http";
import { parseSnapshot, Snapshots, XdsServer } from "@chancery/xds";
import { type TapMessage, type TapTrace, tapSinkHandlers } from "@chancery/xds/services";

const { XDS_PORT = "18000", HTTP_PORT = "18001" } = process.env;

const router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
const tap = "type.googleapis.com/envoy.extensions.filters.http.tap.v3.Tap";
const manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

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
                  http_filters: [
                    // It taps nothing until it is asked to, by the name "shop".
                    {
                      name: "tap",
                      typed_config: { "@type": tap, common_config: { admin_config: { config_id: "shop" } } },
                    },
                    { name: "router", typed_config: { "@type": router } },
                  ],
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
        load_assignment: {
          cluster_name: "shop",
          endpoints: [
            {
              lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: 9001 } } } }],
            },
          ],
        },
      },
    ],
  },
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const snapshots = new Snapshots();
snapshots.set("edge-1", parsed.snapshot);

const server = new XdsServer({ snapshots });
const taps: object[] = [];
const sink = tapSinkHandlers({
  onTrace(trace, { node, tapId }) {
    taps.push({ node: node.id, tap: tapId, ...toJson(trace) });
    // Old ones go: what is tapped is up to whoever sends requests.
    if (taps.length > 100) taps.shift();
  },
  traces: { quietMs: 500, maxTraceBytes: 64 * 1024 },
});
for (const { method, open, options } of sink.methods) server.grpc.handle(method, open, options);
await server.listen({ host: "127.0.0.1", port: Number(XDS_PORT) });

createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(taps, undefined, 2));
}).listen(Number(HTTP_PORT), "127.0.0.1");
console.log("The control plane serves xDS and takes taps.");

function toJson(trace: TapTrace): object {
  const { traceId, end, incomplete } = trace;
  const about = { trace: `${traceId}`, end, incomplete };
  if (trace.kind === "socket") return { ...about, events: trace.events.length };
  return { ...about, request: toText(trace.request), response: toText(trace.response) };
}

function toText(message: TapMessage | undefined): object | undefined {
  if (message === undefined) return undefined;
  const { headers, body } = message;
  return {
    headers: headers.map(({ name, value }) => `${name}: ${value}`),
    body: Buffer.from(body.data).toString(),
    truncated: body.truncated,
  };
}
