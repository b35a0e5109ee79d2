import type { RawRequest } from "../harness/raw-http.ts";
import { configSource } from "../harness/resources.ts";
import { expand, type Headers } from "./requests.ts";

const internal = (address: string) => ({
  internal_address_config: { cidr_ranges: [{ address_prefix: address, prefix_len: 8 }] },
});

const rds = (name: string) => ({ rds: { route_config_name: name, config_source: configSource("ads") } });

const tenant = { name: "x-tenant", element_separator: ";", element: { separator: "=", key: "t" } };

const scoped = {
  rds: undefined,
  scoped_routes: {
    name: "by-tenant",
    scope_key_builder: {
      fragments: [
        { header_value_extractor: tenant },
        { header_value_extractor: { name: "x-place", element_separator: ",", index: 1 } },
      ],
    },
    rds_config_source: configSource("ads"),
    scoped_rds: { scoped_rds_config_source: configSource("ads") },
  },
};

/** Options of the connection managers that are all asked the same. */
export const options: readonly object[] = [
  rds("strict"),
  rds("loose"),
  { ...rds("loose"), use_remote_address: true },
  { ...rds("loose"), use_remote_address: true, ...internal("127.0.0.0") },
  { ...rds("loose"), ...internal("10.0.0.0") },
  { ...rds("loose"), use_remote_address: true, xff_num_trusted_hops: 1 },
  { ...rds("loose"), upgrade_configs: [{ upgrade_type: "websocket" }, { upgrade_type: "other", enabled: false }] },
  { ...rds("strict"), generate_request_id: false },
  rds("by-header"),
  scoped,
];

/** The same virtual hosts under other options of their route configuration. */
export function optionRoutes(): object[] {
  const hosts = [
    answers("plain", ["plain.example"]),
    answers("ported", ["plain.example:8080"]),
    { ...answers("secure", ["secure.example"]), require_tls: "EXTERNAL_ONLY" },
    answers("rest", ["*"]),
  ];
  const level = { response_headers_to_add: [levelHeader("configuration")], response_headers_to_remove: ["x-dropped"] };
  return [
    { name: "strict", virtual_hosts: hosts, ...level },
    {
      ...{ name: "loose", virtual_hosts: hosts, ...level },
      ignore_port_in_host_matching: true,
      ignore_path_parameters_in_path_matching: true,
      most_specific_header_mutations_wins: true,
    },
    { name: "by-header", virtual_hosts: hosts, vhost_header: "x-host" },
  ];
}

/** What `scoped` chooses from. */
export function optionScopes(): object[] {
  const scopes = [
    ["a", "x", "loose"],
    ["a", "", "strict"],
    ["b", "x", "by-header"],
  ];
  return scopes.map(([tenant, place, route]) => ({
    name: `${tenant}-${place}`,
    route_configuration_name: route,
    key: { fragments: [{ string_key: tenant }, { string_key: place }] },
  }));
}

/** A virtual host whose routes answer with its name and their own. */
function answers(host: string, domains: readonly string[]): object {
  const route = (name: string, match: object) => ({
    name: `${host}-${name}`,
    match,
    response_headers_to_add: [
      { header: { key: "x-route", value: `${host}-${name}` } },
      levelHeader("route"),
      { header: { key: "x-dropped", value: "no" } },
    ],
    direct_response: { status: 200, body: { inline_string: name } },
  });
  return {
    name: host,
    domains,
    response_headers_to_add: [levelHeader("host")],
    routes: [
      route("exact", { path: "/exact" }),
      route("id", { prefix: "/id", headers: [{ name: "x-request-id", present_match: true }] }),
      route("forwarded", { prefix: "/for", headers: [{ name: "x-forwarded-for" }] }),
      route("https", { prefix: "/proto", headers: [{ name: "x-forwarded-proto", string_match: { exact: "https" } }] }),
      route("scheme", { prefix: "/proto", headers: [{ name: ":scheme", string_match: { exact: "https" } }] }),
      {
        ...route("upgrades", { prefix: "/upgrades" }),
        direct_response: undefined,
        route: {
          cluster: "gone",
          upgrade_configs: [{ upgrade_type: "other" }, { upgrade_type: "websocket", enabled: false }],
        },
      },
      route("rest", { prefix: "/" }),
    ],
  };
}

function levelHeader(name: string): object {
  return { header: { key: "x-level", value: name }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" };
}

const upgrade = (type: string): Headers => [
  ["connection", "upgrade"],
  ["upgrade", type],
];

export function optionRequests(): readonly RawRequest[] {
  return [
    ...expand({
      hosts: ["plain.example", "plain.example:8080", "plain.example:1", "secure.example", "other", "[::1]:80"],
      targets: ["/exact", "/exact;p=1", "/exact;p=1?q", "/id", "/for", "/proto", "/none"],
      headers: [
        [],
        [["x-forwarded-proto", "https"]],
        [["x-forwarded-for", "10.0.0.1"]],
        [["x-forwarded-for", "10.0.0.1, 192.0.2.1"]],
        [
          ["x-forwarded-for", "192.0.2.1"],
          ["x-forwarded-proto", "HTTPS"],
        ],
        [["x-request-id", "mine"]],
        [["x-forwarded-proto", "ftp"]],
      ],
    }),
    ...expand({
      hosts: ["plain.example"],
      targets: ["/exact", "/upgrades"],
      headers: ["websocket", "WebSocket", "other", "none"].map(upgrade),
    }),
    ...expand({
      hosts: ["plain.example", "other"],
      targets: ["/exact"],
      headers: [
        [["x-host", "plain.example"]],
        [["x-host", "PLAIN.example"]],
        [["x-host", "plain.example:8080"]],
        [
          ["x-tenant", "z=1;t=a;t=b"],
          ["x-place", "y,x"],
        ],
        [
          ["x-tenant", "t=a"],
          ["x-place", "y,"],
        ],
        [
          ["x-tenant", "t=b"],
          ["x-place", "y,x,z"],
        ],
        [
          ["x-tenant", "t=b"],
          ["x-place", "x"],
        ],
        [
          ["x-tenant", "t"],
          ["x-place", "y,x"],
        ],
        [["x-tenant", "t=b"]],
      ],
    }),
  ];
}
