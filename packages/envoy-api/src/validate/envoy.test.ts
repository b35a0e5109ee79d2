import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeJson } from "../json/encode.ts";
import { formatProblem } from "../json/problem.ts";
import { validateBytes } from "./validate-bytes.ts";

function problems(type: string, json: unknown, path: string): readonly string[] {
  const encoded = encodeJson(type, json, { path });
  const found = encoded.ok ? [] : encoded.problems;
  const unchecked = encodeJson(type, json, { validate: false });
  if (unchecked.ok) assert.deepEqual(validateBytes(type, unchecked.bytes, { path }), found, "bytes are checked alike");
  return found.map(formatProblem);
}

const cluster = (json: unknown) => problems("envoy.config.cluster.v3.Cluster", json, "clusters[2]");
const listener = (json: unknown) => problems("envoy.config.listener.v3.Listener", json, "listeners[0]");
const route = (json: unknown) => problems("envoy.config.route.v3.RouteConfiguration", json, "routes[0]");

test("a cluster needs a name", () => {
  assert.deepEqual(cluster({}), ["clusters[2].name: must be at least 1 character long"]);
  assert.deepEqual(cluster({ name: "a" }), []);
});

test("a cluster's connect timeout is positive", () => {
  assert.deepEqual(cluster({ name: "a", connect_timeout: "-1s" }), [
    "clusters[2].connect_timeout: must be greater than 0s, not -1s",
  ]);
});

test("a port goes up to 65535", () => {
  const endpoint = { address: { socket_address: { address: "10.0.0.1", port_value: 70000 } } };
  const load_assignment = { cluster_name: "a", endpoints: [{ lb_endpoints: [{ endpoint }] }] };
  assert.deepEqual(cluster({ name: "a", load_assignment }), [
    "clusters[2].load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value: " +
      "must be at most 65535, not 70000",
  ]);
});

test("a discovery type is one of those there are", () => {
  assert.deepEqual(cluster({ name: "a", type: 77 }), [
    "clusters[2].type: 77 is not a value of envoy.config.cluster.v3.Cluster.DiscoveryType",
  ]);
});

test("a listener's filter needs a name, an address needs a kind", () => {
  assert.deepEqual(listener({ address: {}, filter_chains: [{ filters: [{}] }] }), [
    'listeners[0].address: needs one of "socket_address", "pipe", "envoy_internal_address"',
    "listeners[0].filter_chains[0].filters[0].name: must be at least 1 character long",
  ]);
});

test("a filter's config is checked within its Any", () => {
  const url = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  const filters = [{ name: "http", typed_config: { "@type": url, route_config: { virtual_hosts: [{ name: "a" }] } } }];
  assert.deepEqual(listener({ filter_chains: [{ filters }] }), [
    "listeners[0].filter_chains[0].filters[0].typed_config.stat_prefix: must be at least 1 character long",
    "listeners[0].filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0].domains: must have at least 1 item",
  ]);
});

test("a virtual host needs domains, a route a match and an action", () => {
  assert.deepEqual(route({ virtual_hosts: [{ name: "a", routes: [{}] }] }), [
    "routes[0].virtual_hosts[0].domains: must have at least 1 item",
    "routes[0].virtual_hosts[0].routes[0].match: required",
    "routes[0].virtual_hosts[0].routes[0]: needs one of " +
      '"route", "redirect", "direct_response", "filter_action", "non_forwarding_action"',
  ]);
});

test("a header name holds nothing that ends a line", () => {
  const response_headers_to_add = [{ header: { key: "a\nb", value: "x" } }];
  assert.deepEqual(route({ response_headers_to_add }), [
    "routes[0].response_headers_to_add[0].header.key: must not contain NUL, line feed or carriage return",
  ]);
});

test("rules can be left aside", () => {
  assert.equal(encodeJson("envoy.config.cluster.v3.Cluster", {}, { validate: false }).ok, true);
});

test("bytes that are no such message are a problem, an Any of an unknown type is none", () => {
  assert.deepEqual(validateBytes("envoy.config.cluster.v3.Cluster", Uint8Array.of(10, 5), { path: "clusters[0]" }), [
    {
      path: "clusters[0]",
      message: "must be a valid envoy.config.cluster.v3.Cluster: length beyond the end at byte 1",
    },
  ]);
  const any = Buffer.from("\n\x08x/y.Zabc\x12\x01a");
  assert.deepEqual(validateBytes("google.protobuf.Any", any), []);
  assert.throws(() => validateBytes("not.Known", any), RangeError);
});
