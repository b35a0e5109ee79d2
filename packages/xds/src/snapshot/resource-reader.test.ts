import assert from "node:assert/strict";
import { test } from "node:test";
import { envoyApi } from "@chancery/envoy-api";
import { isResource, type Resource } from "../resource/resource.ts";
import { resourceTypes } from "../resource/type.ts";
import { cutSnapshot } from "./json-text.ts";
import { parseInSteps, parseSnapshot } from "./parse.ts";
import { resourceReaders } from "./resource-reader.ts";

function runToEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The resource that is read at the only item of a list, and whether all of the item was. */
function read(key: string, json: string): { readonly resource: Resource | undefined; readonly whole: boolean } {
  const text = Buffer.from(`{"resources": {"${key}": [${json}]}}`);
  const reader = resourceReaders(text)(key);
  const start = text.indexOf("[") + 1;
  const end = reader.read(start);
  const [resource] = reader.finish().filter(isResource);
  return { resource, whole: end === start + Buffer.byteLength(json) };
}

test("a resource that is read in one pass is the very one that is read from parsed JSON", () => {
  const resources = {
    clusters: [
      { name: "xdstp://acme/envoy.config.cluster.v3.Cluster/x?b=1&a=2", type: "EDS" },
      { name: "b".repeat(200) },
    ],
    endpoints: [{ clusterName: "a", endpoints: [{ lbEndpoints: [{ endpoint: { hostname: "é" } }] }] }],
    listeners: [{ name: "l", address: { socketAddress: { address: "::", portValue: 80 } } }],
    routes: [
      { name: "r", virtualHosts: [{ name: "v", domains: ["*"], routes: [{ match: { prefix: "/" }, redirect: {} }] }] },
    ],
  };
  const parsed = parseSnapshot({ resources });
  assert.ok(parsed.ok, JSON.stringify(parsed.problems));
  const known = new Set([...parsed.snapshot.sets].flatMap((set) => [...set.resources]));
  for (const [key, list] of Object.entries(resources)) {
    for (const item of list) {
      const { resource, whole } = read(key, JSON.stringify(item));
      assert.ok(whole && resource !== undefined && known.has(resource), JSON.stringify(item));
    }
  }
});

test("what is not plain is left as text: no name, a wrapper, another type, a mistake, what makes Envoy crash", () => {
  const tap = { "@type": "type.googleapis.com/envoy.extensions.filters.http.tap.v3.Tap" };
  const withSink = (sink: unknown) => {
    const config = { staticConfig: { matchConfig: { anyMatch: true }, outputConfig: { sinks: [sink] } } };
    return { name: "tap", typedConfig: { ...tap, commonConfig: config } };
  };
  const crashing = withSink({ streamingGrpc: { tapId: "t", grpcService: { envoyGrpc: { clusterName: "c" } } } });
  const items: readonly (readonly [string, unknown])[] = [
    ["clusters", { type: "EDS" }],
    ["clusters", { name: "a", resource: { name: "a" } }],
    ["clusters", { name: "a", nmae: "b" }],
    ["clusters", null],
    ["lbEndpoints", { name: "a", resource: {} }],
    ["type.googleapis.com/envoy.config.cluster.v3.Cluster", { name: "a" }],
    ["extensionConfigs", crashing],
  ];
  for (const [key, item] of items)
    assert.equal(read(key, JSON.stringify(item)).resource, undefined, JSON.stringify(item));
  assert.notEqual(read("extensionConfigs", JSON.stringify(withSink({ streamingAdmin: {} }))).resource, undefined);
});

test("a mistake is named with its place, as if all had been parsed", () => {
  const text = Buffer.from('{"resources": {"clusters": [{"name": "a"}, {"name": "b", "lbPolice": 1}, {"name": "a"}]}}');
  const parsed = runToEnd(parseInSteps(runToEnd(cutSnapshot(text, resourceReaders(text)))));
  assert.deepEqual(parsed.problems, parseSnapshot(JSON.parse(text.toString())).problems);
  assert.deepEqual(
    parsed.problems.map(({ path }) => path),
    ["clusters[1]", "clusters[2]"],
  );
});

test("no type of resource has a field that is called as what a wrapper holds", () => {
  for (const { message } of resourceTypes) {
    const names =
      envoyApi()
        .message(message)
        ?.fields.map(({ jsonName }) => jsonName) ?? [];
    assert.ok(names.length > 0 && !names.includes("resource"), message);
  }
});
