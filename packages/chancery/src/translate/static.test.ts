import assert from "node:assert/strict";
import { test } from "node:test";
import { toStaticResources } from "./static.ts";

test("what is fetched by name is put in its place", () => {
  const draft = (type: "listeners" | "routes", name: string, json: object) => ({ type, name, json, from: [] });
  const ads = { resourceApiVersion: "V3", ads: {} };
  const { listeners } = toStaticResources([
    draft("listeners", "public:80", { manager: { rds: { routeConfigName: "public/http", configSource: ads } } }),
    draft("routes", "public/http", { name: "public/http" }),
  ]);
  assert.deepEqual(listeners, [{ manager: { routeConfig: { name: "public/http" } } }]);
});

test("labels may be called as the fields that say what is fetched", () => {
  const labels = { rds: "a", sdsConfig: "b", configDiscovery: "c", constructor: "d" };
  const json = { metadata: { filterMetadata: { "envoy.lb": labels } } };
  const { clusters } = toStaticResources([{ type: "clusters", name: "shop", json, from: [] }]);
  assert.deepEqual(clusters, [json]);
});
