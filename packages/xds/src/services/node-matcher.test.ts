import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import type { Node } from "../discovery/node.ts";
import { type NodeMatcher, toNodeFilter } from "./node-matcher.ts";

const node = nodeWith("edge-1", { zone: "a", size: 2, on: true, none: null, tags: ["x", "y"], deep: { er: "b" } });

const byId: [matcher: NodeMatcher["node_id"], matches: boolean][] = [
  [{ exact: "edge-1" }, true],
  [{ exact: "Edge-1" }, false],
  [{ exact: "Edge-1", ignore_case: true }, true],
  [{ exact: "" }, false],
  [{ prefix: "edge" }, true],
  [{ prefix: "1" }, false],
  [{ suffix: "-1" }, true],
  [{ suffix: "edge" }, false],
  [{ contains: "GE", ignore_case: true }, true],
  [{ contains: "x" }, false],
  [{ safe_regex: { regex: "edge-\\d" } }, true],
  [{ safe_regex: { regex: "edge" } }, false],
  [{ safe_regex: { regex: "edge|-1" } }, false],
  [{ safe_regex: { regex: "EDGE-1" }, ignore_case: true }, false],
];

for (const [matcher, matches] of byId) {
  test(`a node id ${matches ? "matches" : "does not match"} ${JSON.stringify(matcher)}`, () => {
    assert.equal(toNodeFilter({ ...(matcher && { node_id: matcher }) })(node), matches);
  });
}

type StructMatcher = NonNullable<NodeMatcher["node_metadatas"]>[number];

const byMetadata: [path: string, value: StructMatcher["value"], matches: boolean][] = [
  ["zone", { string_match: { exact: "a" } }, true],
  ["zone", { string_match: { exact: "b" } }, false],
  ["size", { string_match: { exact: "2" } }, false],
  ["deep.er", { string_match: { prefix: "b" } }, true],
  ["deep.er.est", { present_match: true }, false],
  ["size", { double_match: { exact: 2 } }, true],
  ["size", { double_match: { range: { start: 1, end: 2 } } }, false],
  ["size", { double_match: { range: { start: 2, end: 3 } } }, true],
  ["on", { bool_match: true }, true],
  ["on", { bool_match: false }, false],
  ["none", { null_match: {} }, true],
  ["zone", { null_match: {} }, false],
  ["nowhere", { null_match: {} }, false],
  ["zone", { present_match: true }, true],
  ["toString", { present_match: true }, false],
  ["nowhere", { present_match: false }, true],
  ["tags", { list_match: { one_of: { string_match: { exact: "y" } } } }, true],
  ["tags", { list_match: { one_of: { string_match: { exact: "z" } } } }, false],
  ["zone", { or_match: { value_matchers: [{ bool_match: true }, { string_match: { exact: "a" } }] } }, true],
  ["zone", { or_match: { value_matchers: [{ bool_match: true }, { present_match: false }] } }, false],
];

for (const [path, value, matches] of byMetadata) {
  test(`metadata "${path}" ${matches ? "matches" : "does not match"} ${JSON.stringify(value)}`, () => {
    const matcher = { path: path.split(".").map((key) => ({ key })), ...(value && { value }) };
    assert.equal(toNodeFilter({ node_metadatas: [matcher] })(node), matches);
  });
}

test("the id and all the metadata have to match", () => {
  const zone = (exact: string) => ({ path: [{ key: "zone" }], value: { string_match: { exact } } });
  assert.equal(toNodeFilter({ node_id: { exact: "edge-1" }, node_metadatas: [zone("a")] })(node), true);
  assert.equal(toNodeFilter({ node_id: { exact: "edge-2" }, node_metadatas: [zone("a")] })(node), false);
  assert.equal(toNodeFilter({ node_metadatas: [zone("a"), zone("b")] })(node), false);
});

test("what cannot be matched with is refused", () => {
  assert.throws(() => toNodeFilter({ node_id: { safe_regex: { regex: "(" } } }), SyntaxError);
  assert.throws(() => toNodeFilter({ node_id: { custom: {} } }), RangeError);
});

function nodeWith(id: string, metadata: unknown): Node {
  const encoded = encodeJson("google.protobuf.Struct", metadata);
  assert(encoded.ok);
  const locality = { region: "", zone: "", subZone: "" };
  return { id, cluster: "", locality, userAgentName: "", clientFeatures: [], metadata: encoded.bytes };
}
