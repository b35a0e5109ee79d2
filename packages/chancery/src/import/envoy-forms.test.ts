import assert from "node:assert/strict";
import { test } from "node:test";
import { fromEnvoyForms } from "./envoy-forms.ts";

const cluster = "envoy.config.cluster.v3.Cluster";

test("an enum in small letters is the value of that name", () => {
  assert.deepEqual(fromEnvoyForms(cluster, { type: "strict_dns", lbPolicy: "Maglev" }), {
    type: "STRICT_DNS",
    lbPolicy: "MAGLEV",
  });
});

test("one value in the place of a list is a list, in a message within an Any too", () => {
  const manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  const url = `type.googleapis.com/${manager}`;
  assert.deepEqual(
    fromEnvoyForms("envoy.config.listener.v3.Filter", { typed_config: { "@type": url, http_filters: { name: "r" } } }),
    { typed_config: { "@type": url, http_filters: [{ name: "r" }] } },
  );
});

test("values of maps are read by their type, and those of a Struct are left alone", () => {
  const metadata = { filter_metadata: { "envoy.lb": { hash: "maglev", list: "one" } } };
  const options = { "envoy.x": { "@type": "type.googleapis.com/google.protobuf.Struct", value: { a: 1 } } };
  const content = { metadata, typed_extension_protocol_options: options, connect_timeout: "1s" };
  assert.deepEqual(fromEnvoyForms(cluster, content), content);
});

test("what is no form of anything stays for the check that names it", () => {
  const content = { type: "strict-dns", conect_timeout: "1s", load_assignment: "x", typed_config: { "@type": 7 } };
  assert.deepEqual(fromEnvoyForms(cluster, content), content);
});
