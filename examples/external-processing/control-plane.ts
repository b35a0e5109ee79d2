// A control plane of one's own, which also decides what becomes of each request and response beside serving xDS.
import { parseSnapshot, Snapshots, XdsServer } from "@chancery/xds";
import { externalProcessorHandlers, type RequestProcessor } from "@chancery/xds/services";

const { XDS_PORT = "18000" } = process.env;

/** Takes what Envoy tells of one request. What has no function here goes on as it is. */
function processRequest(): RequestProcessor {
  return {
    requestHeaders(message) {
      if (message.get(":path")?.startsWith("/internal")) {
        return { immediate: { status: 403, body: "Not for you.\n", details: "internal_path" } };
      }
      const shouts = message.get(":path") === "/shout";
      return {
        headers: [{ name: "x-tier", value: message.get("x-api-key") === undefined ? "free" : "paid" }],
        // Most responses are small: they come whole. This one is changed while it comes.
        ...(shouts && { mode: { responseBody: "streamed" } }),
      };
    },

    requestBody: ({ body }) => ({ body: hideCards(body) }),

    responseHeaders: () => ({ headers: [{ name: "x-processed", value: "yes" }], headersToRemove: ["date"] }),

    responseBody({ body, bodyMode }) {
      if (bodyMode === "streamed") return { body: Buffer.from(body).toString().toUpperCase() };
      return { body: hideCards(body) };
    },
  };
}

function hideCards(body: Uint8Array): string {
  return Buffer.from(body)
    .toString()
    .replace(/\b(?:\d{4}[ -]?){3}(?=\d{4}\b)/g, "**** **** **** ");
}

const extensions = "type.googleapis.com/envoy.extensions.filters";

const processing = {
  "@type": `${extensions}.http.ext_proc.v3.ExternalProcessor`,
  grpc_service: { envoy_grpc: { cluster_name: "xds_cluster" } },
  message_timeout: "1s",
  processing_mode: { request_body_mode: "BUFFERED", response_body_mode: "BUFFERED" },
  allow_mode_override: true,
};

const manager = {
  "@type": `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
  stat_prefix: "http",
  route_config: {
    name: "all",
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "shop" } }] }],
  },
  http_filters: [
    { name: "processing", typed_config: processing },
    { name: "router", typed_config: { "@type": `${extensions}.http.router.v3.Router` } },
  ],
};

const parsed = parseSnapshot({
  resources: {
    listeners: [
      {
        name: "http",
        address: { socket_address: { address: "127.0.0.1", port_value: 8080 } },
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
// What the filter has, and its messages do not say: allow_mode_override.
const handlers = externalProcessorHandlers({ process: processRequest, allowModeOverride: true });
for (const { method, open, options } of handlers) server.grpc.handle(method, open, options);
await server.listen({ host: "127.0.0.1", port: Number(XDS_PORT) });
console.log("The control plane serves xDS and processes requests.");
