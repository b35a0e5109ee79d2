import type { Transport } from "../../packages/chancery/src/bootstrap/bootstrap.ts";

/** Where a resource gets the others that it names: from the stream of all types, or from one of its own. */
export function configSource(transport: Transport): object {
  if (transport === "ads" || transport === "ads-delta") return { resource_api_version: "V3", ads: {} };
  if (transport === "rest") return { resource_api_version: "V3", api_config_source: restSource };
  return {
    resource_api_version: "V3",
    api_config_source: {
      api_type: transport === "per-type" ? "GRPC" : "DELTA_GRPC",
      transport_api_version: "V3",
      set_node_on_first_message_only: true,
      grpc_services: [{ envoy_grpc: { cluster_name: "xds_cluster" } }],
    },
  };
}

const restSource = {
  api_type: "REST",
  transport_api_version: "V3",
  cluster_names: ["xds_cluster"],
  refresh_delay: "0.1s",
};

export interface ListenerOptions {
  readonly name: string;
  readonly port: number;
  /** The route configuration it asks for. */
  readonly route: string;
  readonly transport: Transport;
  /** The name of the certificate it asks for; without one it speaks plain HTTP. */
  readonly secret?: string;
  /** HTTP filters before the router; by default there are none. */
  readonly filters?: readonly object[];
  /** Instead of asking for the route configuration: other ways to get routes. */
  readonly routing?: object;
}

export function listener(options: ListenerOptions): object {
  const { name, port, route, transport, secret, filters = [] } = options;
  const source = configSource(transport);
  const { routing = { rds: { route_config_name: route, config_source: source } } } = options;
  const tls = { common_tls_context: { tls_certificate_sds_secret_configs: [{ name: secret, sds_config: source }] } };
  return {
    name,
    address: address(port),
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
              stat_prefix: "http",
              ...routing,
              http_filters: [
                ...filters,
                { name: "envoy.filters.http.router", typed_config: typed("filters.http.router.v3.Router", {}) },
              ],
            }),
          },
        ],
        ...(secret !== undefined && {
          transport_socket: {
            name: "envoy.transport_sockets.tls",
            typed_config: typed("transport_sockets.tls.v3.DownstreamTlsContext", tls),
          },
        }),
      },
    ],
  };
}

export function routes(name: string, cluster: string): object {
  return {
    name,
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster } }] }],
  };
}

export function staticCluster(name: string, port: number): object {
  return { name, type: "STATIC", connect_timeout: "1s", load_assignment: endpoints(name, port) };
}

export function edsCluster(name: string, transport: Transport): object {
  return { name, type: "EDS", connect_timeout: "1s", eds_cluster_config: { eds_config: configSource(transport) } };
}

export function endpoints(cluster: string, port: number): object {
  return { cluster_name: cluster, endpoints: [{ lb_endpoints: [lbEndpoint(port)] }] };
}

export function lbEndpoint(port: number): object {
  return { endpoint: { address: address(port) } };
}

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export function secret(name: string, { certificate, key }: Certificate): object {
  return {
    name,
    tls_certificate: {
      certificate_chain: { inline_string: certificate },
      private_key: { inline_string: key },
    },
  };
}

function address(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

/** A message of one of Envoy's extensions, such as `filters.http.router.v3.Router`. */
export function typed(type: string, fields: object): object {
  return { "@type": `type.googleapis.com/envoy.extensions.${type}`, ...fields };
}
