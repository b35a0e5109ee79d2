import assert from "node:assert/strict";
import { test } from "node:test";
import { compareWithInput } from "./compare.ts";
import { importBootstrap } from "./import.ts";

test("a cluster that nothing goes to stays, also if it is called like a route", () => {
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "x",
    route_config: {
      virtual_hosts: [
        { name: "shop", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }] },
      ],
    },
  };
  const imported = importBootstrap({
    static_resources: {
      listeners: [
        {
          name: "public",
          address: { socket_address: { address: "0.0.0.0", port_value: 8080 } },
          filter_chains: [{ filters: [{ name: "http", typed_config: manager }] }],
        },
      ],
      clusters: [{ name: "shop", load_assignment: { cluster_name: "shop" } }],
    },
  });
  assert(imported.ok);
  assert.deepEqual(Object.keys(imported.config.routes as object), ["shop"]);
  assert.deepEqual(imported.config.fleets, { envoy: { match: "*", services: "shop" } });
  assert.deepEqual(compareWithInput(imported.config, imported), { differences: [], problems: [] });
});
