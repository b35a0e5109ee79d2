import { isIP } from "node:net";
import type { Address } from "../address.ts";
import { type ReportingOptions, toReporting } from "./reporting.ts";

/** How an Envoy gets its configuration: which streams it opens, and in which variant. */
export type Transport = "ads" | "ads-delta" | "per-type" | "per-type-delta" | "rest";

export interface BootstrapOptions extends ReportingOptions {
  readonly nodeId: string;
  readonly cluster: string;
  readonly transport: Transport;
  /** Where the control plane listens: for `rest` its HTTP address, else the address of its gRPC services. */
  readonly controlPlane: Address;
  /** Where its gRPC services listen, for what is reported to them; `controlPlane` unless that is the HTTP address. */
  readonly services?: Address;
  /** Where Envoy's admin interface listens; without it there is none. */
  readonly admin?: Address;
  /** Speaks TLS to the gRPC services; plain text by default. */
  readonly tls?: BootstrapTls;
}

/** Files on Envoy's machine. */
export interface BootstrapTls {
  /** The authorities that the control plane's certificate is checked against; it has to be for the control plane's host. */
  readonly ca: string;
  /** What Envoy shows of itself. */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** What an Envoy is started with: who it is, and where the rest of its configuration comes from. */
export type Bootstrap = Readonly<Record<string, unknown>>;

/**
 * Makes the bootstrap of an Envoy that gets its clusters and listeners, and with them all else, from a control plane.
 *
 * Shape: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/bootstrap/v3/bootstrap.proto
 */
export function toBootstrap(options: BootstrapOptions): Bootstrap {
  const { nodeId, cluster, transport, controlPlane, services = controlPlane, admin, tls } = options;
  const isRest = transport === "rest";
  const reporting = toReporting(options, isRest ? servicesCluster : controlPlaneCluster);
  const isApart = isRest && Object.keys(reporting).length > 0;
  const source = isRest ? restCluster(controlPlane) : grpcCluster(controlPlaneCluster, controlPlane, tls);
  return {
    node: { id: nodeId, cluster },
    ...(admin && { admin: { address: toAddress(admin) } }),
    dynamic_resources: dynamicResources[transport],
    static_resources: { clusters: [source, ...(isApart ? [grpcCluster(servicesCluster, services, tls)] : [])] },
    ...reporting,
    overload_manager: { resource_monitors: [connectionLimit] },
    // What counts a cluster's traffic is made with its first request: half the time that new clusters take, and 20 KB each.
    deferred_stat_options: { enable_deferred_creation_stats: true },
  };
}

/** What an Envoy calls its control plane: the name of the cluster in its bootstrap. */
export const controlPlaneCluster = "xds_cluster";

/** Only beside `rest`: gRPC and REST are not one cluster. */
const servicesCluster = "xds_services";

// An Envoy without a limit warns about it at each start; this one is the value that its best practices name.
export const connectionLimit: object = {
  name: "envoy.resource_monitors.global_downstream_max_connections",
  typed_config: {
    "@type":
      "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
    max_active_downstream_connections: 50_000,
  },
};

const dynamicResources: Record<Transport, object> = {
  ads: aggregated("GRPC"),
  "ads-delta": aggregated("DELTA_GRPC"),
  "per-type": separate(grpcSource("GRPC")),
  "per-type-delta": separate(grpcSource("DELTA_GRPC")),
  rest: separate({
    api_type: "REST",
    transport_api_version: "V3",
    cluster_names: [controlPlaneCluster],
    refresh_delay: "1s",
    request_timeout: "5s",
  }),
};

function aggregated(apiType: "GRPC" | "DELTA_GRPC"): object {
  const ads = { resource_api_version: "V3", ads: {} };
  return { ads_config: grpcSource(apiType), cds_config: ads, lds_config: ads };
}

function separate(source: object): object {
  const config = { resource_api_version: "V3", api_config_source: source };
  return { cds_config: config, lds_config: config };
}

function grpcSource(apiType: "GRPC" | "DELTA_GRPC"): object {
  return {
    api_type: apiType,
    transport_api_version: "V3",
    // The node is tens of kilobytes; without this it is in every request.
    set_node_on_first_message_only: true,
    grpc_services: [
      {
        envoy_grpc: {
          cluster_name: controlPlaneCluster,
          // Envoy waits up to 30 s between attempts otherwise, long after the control plane is back.
          retry_policy: { retry_back_off: { base_interval: "0.25s", max_interval: "5s" } },
        },
      },
    ],
  };
}

/** A cluster that gRPC services of a control plane are reached by. */
export function grpcCluster(name: string, address: Address, tls?: BootstrapTls): object {
  return {
    ...cluster(name, address),
    ...(tls && { transport_socket: toTransportSocket(tls, address) }),
    typed_extension_protocol_options: httpOptions({
      // Finds out within 35 s that the control plane is gone without a word, as when its machine was turned off.
      http2_protocol_options: { connection_keepalive: { interval: "30s", timeout: "5s" } },
    }),
  };
}

function toTransportSocket({ ca, client }: BootstrapTls, { host }: Address): object {
  const file = (filename: string) => ({ filename });
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      ...(isIP(host) === 0 && { sni: host }),
      common_tls_context: {
        alpn_protocols: ["h2"],
        ...(client && {
          tls_certificates: [{ certificate_chain: file(client.cert), private_key: file(client.key) }],
        }),
        validation_context: {
          trusted_ca: file(ca),
          match_typed_subject_alt_names: [{ san_type: isIP(host) ? "IP_ADDRESS" : "DNS", matcher: { exact: host } }],
        },
      },
    },
  };
}

function restCluster(address: Address): object {
  return {
    ...cluster(controlPlaneCluster, address),
    typed_extension_protocol_options: httpOptions({ http_protocol_options: {} }),
  };
}

function cluster(name: string, address: Address): object {
  return {
    name,
    type: isIP(address.host) ? "STATIC" : "STRICT_DNS",
    connect_timeout: "1s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: toAddress(address) } }] }],
    },
  };
}

function httpOptions(explicit: object): object {
  return {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      explicit_http_config: explicit,
    },
  };
}

/** Envoy's form of an address. */
export function toAddress({ host, port }: Address): object {
  return { socket_address: { address: host, port_value: port } };
}
