import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../resource/problem.ts";
import { parseSnapshot } from "./parse.ts";
import { checkReferences } from "./references.ts";

function check(resources: Record<string, unknown[]>): string[] {
  const parsed = parseSnapshot({ resources });
  assert.ok(parsed.ok, JSON.stringify(parsed.problems));
  return checkReferences(parsed.snapshot).map(formatProblem);
}

const route = (action: object) => ({
  name: "r",
  virtual_hosts: [{ name: "h", domains: ["*"], routes: [{ match: { prefix: "/" }, route: action }] }],
});

test("a route to a cluster that is not there is a warning with its place", () => {
  assert.deepEqual(check({ routes: [route({ cluster: "gone" })] }), [
    'routes "r".virtual_hosts[0].routes[0].route.cluster: the snapshot has no "gone" in clusters',
  ]);
  assert.deepEqual(check({ routes: [route({ cluster: "a" })], clusters: [{ name: "a" }] }), []);
});

test("weights, mirrors, assignments, route tables and secrets are looked at too", () => {
  const listener = {
    name: "l",
    filter_chains: [
      {
        transport_socket: {
          name: "tls",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context: { tls_certificate_sds_secret_configs: [{ name: "cert", sds_config: { ads: {} } }] },
          },
        },
        filters: [
          {
            name: "hcm",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: "s",
              rds: { route_config_name: "table", config_source: { ads: {} } },
            },
          },
        ],
      },
    ],
  };
  const weighted = {
    weighted_clusters: { clusters: [{ name: "w", weight: 1 }] },
    request_mirror_policies: [{ cluster: "m" }],
  };
  const found = check({
    listeners: [listener],
    routes: [route(weighted)],
    clusters: [{ name: "eds", type: "EDS", eds_cluster_config: { eds_config: { ads: {} } } }],
  });
  for (const name of ["cert", "table", "w", "m", "eds"]) {
    assert.ok(
      found.some((text) => text.includes(`no "${name}" in`)),
      `${name} in ${found.join("\n")}`,
    );
  }
  assert.equal(found.length, 5);
});
