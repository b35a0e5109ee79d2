import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { toResource } from "../resource/resource.ts";
import { clusters, endpoints, type ResourceType } from "../resource/type.ts";
import { toSnapshot } from "../snapshot/snapshot.ts";
import { ClientStream } from "./client-stream.ts";
import { readRequest, type Variant } from "./request.ts";

const messages = {
  sotw: { request: "DiscoveryRequest", response: "DiscoveryResponse" },
  delta: { request: "DeltaDiscoveryRequest", response: "DeltaDiscoveryResponse" },
} as const;

/** A stream that is talked to in JSON. */
function open(variant: Variant, snapshotNames: readonly string[], type: ResourceType) {
  const { request, response } = messages[variant];
  const stream = new ClientStream({ variant });
  const body = (name: string) => {
    const encoded = encodeJson(type.message, type === clusters ? { name } : { cluster_name: name });
    assert.ok(encoded.ok);
    return encoded.bytes;
  };
  stream.observe(
    toSnapshot(snapshotNames.map((name) => toResource({ typeUrl: type.typeUrl, name, body: body(name) }))),
  );
  return (message: object) => {
    const encoded = encodeJson(`envoy.service.discovery.v3.${request}`, { type_url: type.typeUrl, ...message });
    assert.ok(encoded.ok);
    stream.receive(readRequest(variant, encoded.bytes));
    const next = stream.next();
    if (next === undefined) return undefined;
    const bytes = Buffer.concat([next.prefix, ...next.frame.chunks]);
    return decodeToJson(`envoy.service.discovery.v3.${response}`, bytes);
  };
}

const error = (name: string) => ({
  resource_name: { name },
  error_detail: { code: 5, message: "no such resource" },
});

test("sotw: a client that names by locators is told once which names do not exist (P93)", () => {
  const say = open("sotw", ["a"], endpoints);
  const asked = { resource_locators: [{ name: "a" }, { name: "gone" }] };
  assert.partialDeepStrictEqual(say(asked), {
    resources: [{ "@type": endpoints.typeUrl, cluster_name: "a" }],
    resource_errors: [error("gone")],
  });
  assert.equal(say({ ...asked, response_nonce: "1" }), undefined);
});

test("sotw: of clusters the others are still all there, beside the error (P93)", () => {
  const say = open("sotw", ["a", "b"], clusters);
  const first = say({ resource_locators: [{ name: "*" }] });
  assert.partialDeepStrictEqual(first, { resources: [{ name: "a" }, { name: "b" }] });
  const second = say({ resource_locators: [{ name: "*" }, { name: "gone" }], response_nonce: "1" });
  assert.partialDeepStrictEqual(second, {
    resources: [{ name: "a" }, { name: "b" }],
    resource_errors: [error("gone")],
  });
});

test("sotw: a client that names as ever sees a response as ever (P93)", () => {
  const say = open("sotw", ["a"], endpoints);
  const response = say({ resource_names: ["a", "gone"] });
  assert.ok(response !== null && typeof response === "object" && !("resource_errors" in response));
});

test("delta: locators add and take away names, and an error stands beside the removal (P93)", () => {
  const say = open("delta", ["a"], endpoints);
  assert.partialDeepStrictEqual(say({ resource_locators_subscribe: [{ name: "a" }, { name: "gone" }] }), {
    resources: [{ name: "a" }],
    removed_resources: ["gone"],
    resource_errors: [error("gone")],
  });
  const left = { resource_locators_unsubscribe: [{ name: "a" }], response_nonce: "1" };
  assert.equal(say(left), undefined);
});

test("sotw: LEDS is not answered on an aggregated stream, where Envoy would crash", () => {
  const stream = new ClientStream({ variant: "sotw" });
  const typeUrl = "type.googleapis.com/envoy.config.endpoint.v3.LbEndpoint";
  const encoded = encodeJson("envoy.service.discovery.v3.DiscoveryRequest", {
    type_url: typeUrl,
    resource_names: ["e"],
  });
  assert.ok(encoded.ok);
  stream.observe(toSnapshot([toResource({ typeUrl, name: "e", body: new Uint8Array() })]));
  stream.receive(readRequest("sotw", encoded.bytes));
  assert.equal(stream.next(), undefined);
  assert.equal(stream.progress, "accepted");
});
