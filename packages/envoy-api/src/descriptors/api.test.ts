import assert from "node:assert/strict";
import { test } from "node:test";
import { registry } from "../json/testdata/registry.ts";
import { envoyApi } from "./api.ts";

const api = envoyApi();

test("every message, enum and service of the set is found by its name, and no other", () => {
  for (const type of registry) {
    if (type.kind === "message") assert.equal(api.message(type.typeName)?.name, type.typeName);
    if (type.kind === "enum") assert.equal(api.enum(type.typeName)?.name, type.typeName);
    if (type.kind === "service") assert.equal(api.service(type.typeName)?.name, type.typeName);
  }
  assert.equal(api.message("envoy.api.v2.Cluster"), undefined);
  assert.equal(api.message("envoy.config.cluster.v3.Cluster.DiscoveryType"), undefined);
  assert.equal(api.enum("envoy.config.cluster.v3.Cluster"), undefined);
  assert.equal(api.service(""), undefined);
});

test("fields have the names, numbers and presence that protobuf-es sees", () => {
  for (const type of registry) {
    if (type.kind !== "message") continue;
    const fields = api.message(type.typeName)?.fields ?? [];
    const expected = type.fields.toSorted((a, b) => a.number - b.number);
    assert.deepEqual(
      fields.map(({ name, jsonName, number, repeated, packed, presence, oneof }) => ({
        name,
        jsonName,
        number,
        repeated,
        packed,
        presence,
        oneof,
      })),
      expected.map((field) => ({
        name: field.name,
        jsonName: field.jsonName,
        number: field.number,
        repeated: field.fieldKind === "list" || field.fieldKind === "map",
        packed: field.fieldKind === "list" && field.packed,
        presence: field.presence !== 2 && field.fieldKind !== "list" && field.fieldKind !== "map",
        oneof: field.oneof?.name,
      })),
      type.typeName,
    );
  }
});

test("messages() names each message once, and asking again gives the same descriptor", () => {
  const names = [...api.messages()];
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes("envoy.config.cluster.v3.Cluster.EdsClusterConfig"));
  assert.equal(api.message("google.protobuf.Any"), api.message("google.protobuf.Any"));
  assert.equal(envoyApi(), api);
});

test("a type URL is resolved by what stands after its last slash", () => {
  assert.equal(api.resolveTypeUrl("type.googleapis.com/google.protobuf.Any")?.name, "google.protobuf.Any");
  assert.equal(api.resolveTypeUrl("any/host/google.protobuf.Any")?.name, "google.protobuf.Any");
  assert.equal(api.resolveTypeUrl("google.protobuf.Any"), undefined);
  assert.equal(api.resolveTypeUrl("type.googleapis.com/"), undefined);
  assert.equal(api.resolveTypeUrl("type.googleapis.com/nothing.Known"), undefined);
});

test("a discovery service tells its resource type, its methods and its REST path", () => {
  const service = api.service("envoy.service.route.v3.RouteDiscoveryService");
  assert.equal(service?.resourceType, "envoy.config.route.v3.RouteConfiguration");
  assert.deepEqual(service?.methods[1], {
    name: "DeltaRoutes",
    inputType: "envoy.service.discovery.v3.DeltaDiscoveryRequest",
    outputType: "envoy.service.discovery.v3.DeltaDiscoveryResponse",
    clientStreaming: true,
    serverStreaming: true,
    http: undefined,
  });
  assert.deepEqual(service?.methods[2]?.http, { verb: "POST", path: "/v3/discovery:routes", body: "*" });
  assert.equal([...api.services()].includes("envoy.service.route.v3.RouteDiscoveryService"), true);
});

test("a sensitive field is known as one", () => {
  const fields = api.message("envoy.extensions.transport_sockets.tls.v3.TlsCertificate")?.fields ?? [];
  const sensitive = fields.filter((field) => field.sensitive).map((field) => field.name);
  assert.deepEqual(sensitive, ["private_key", "password", "pkcs12"]);
});

test("a oneof that needs a member is known as one; the oneof behind an optional field is none", () => {
  assert.deepEqual(api.message("envoy.config.core.v3.Address")?.oneofs, [{ name: "address", required: true }]);
  for (const type of registry) {
    if (type.kind !== "message") continue;
    const names = api.message(type.typeName)?.oneofs.map((oneof) => oneof.name);
    assert.deepEqual(
      names,
      type.oneofs.map((oneof) => oneof.name),
      type.typeName,
    );
  }
});

test("an enum has its numbers by name and its names by number", () => {
  const type = api.enum("envoy.config.cluster.v3.Cluster.DiscoveryType");
  assert.equal(type?.numbers.get("EDS"), 3);
  assert.equal(type?.names.get(3), "EDS");
});

test("an older type leads to the one that took its place", () => {
  assert.equal(api.successor("envoy.api.v2.Cluster"), "envoy.config.cluster.v3.Cluster");
  assert.equal(api.successor("envoy.config.cluster.v3.Cluster"), undefined);
});
