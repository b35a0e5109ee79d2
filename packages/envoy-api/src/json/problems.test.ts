import assert from "node:assert/strict";
import { test } from "node:test";
import { type EncodeOptions, encodeJson } from "./encode.ts";
import { formatProblem } from "./problem.ts";

function problems(type: string, json: unknown, options?: EncodeOptions): readonly string[] {
  const encoded = encodeJson(type, json, options);
  return encoded.ok ? [] : encoded.problems.map(formatProblem);
}

const connectionManager =
  "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

test("a field that is misspelled deep inside an Any is named with its place", () => {
  const listener = {
    filter_chains: [{ filters: [{ name: "http", typed_config: { "@type": connectionManager, statPrefx: "x" } }] }],
  };
  assert.deepEqual(problems("envoy.config.listener.v3.Listener", listener, { path: "listeners[0]", validate: false }), [
    'listeners[0].filter_chains[0].filters[0].typed_config: unknown field "statPrefx"; did you mean "stat_prefix"?',
  ]);
});

test("a field that is misspelled is not missing as well", () => {
  assert.deepEqual(problems("envoy.config.cluster.v3.Cluster", { nmae: "a" }), [
    'unknown field "nmae"; did you mean "name"?',
  ]);
});

test("paths have the names that were written", () => {
  const json = { loadAssignment: { endpoints: [{ lb_endpoints: [{ loadBalancingWeight: "x" }] }] } };
  assert.deepEqual(problems("envoy.config.cluster.v3.Cluster", json, { validate: false }), [
    'loadAssignment.endpoints[0].lb_endpoints[0].loadBalancingWeight: must be a whole number from 0 to 4294967295, not "x"',
  ]);
});

test("map keys that are no plain names stand in brackets", () => {
  const metadata = { filter_metadata: { "envoy.lb": 1, plain: { "a b": Number.NaN } } };
  assert.deepEqual(problems("envoy.config.core.v3.Metadata", metadata), [
    'filter_metadata["envoy.lb"]: must be an object, not 1',
    'filter_metadata.plain["a b"]: must be a finite number, not NaN',
  ]);
});

test("every problem is reported, up to maxProblems", () => {
  const json = { name: 1, type: "X", connect_timeout: 5, nope: true };
  assert.deepEqual(problems("envoy.config.cluster.v3.Cluster", json), [
    'unknown field "nope"; did you mean "name"?',
    'name: must be a string, not 1; write "1" in quotes',
    'type: unknown value "X"; one of STATIC, STRICT_DNS, LOGICAL_DNS, EDS, ORIGINAL_DST',
    'connect_timeout: must be a duration, not 5; durations are in seconds: "0.25s", "300s"',
  ]);
  const many = { domains: Array.from({ length: 100 }, () => 1) };
  assert.equal(problems("envoy.config.route.v3.VirtualHost", many).length, 20);
  assert.equal(problems("envoy.config.route.v3.VirtualHost", many, { maxProblems: 3 }).length, 3);
});

test("a hundred thousand problems take no longer than the first few", () => {
  const json = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`connect_timeou${index}`, index]));
  const start = performance.now();
  assert.equal(problems("envoy.config.cluster.v3.Cluster", json).length, 20);
  assert.ok(performance.now() - start < 1000);
});

test("both names of one field are too many", () => {
  assert.deepEqual(problems("envoy.config.cluster.v3.Cluster", { name: "a", lb_policy: 0, lbPolicy: 1 }), [
    '"lb_policy" and "lbPolicy" are the same field',
  ]);
});

test("two members of a oneof are too many, unless one is null", () => {
  const type = "envoy.config.core.v3.DataSource";
  assert.deepEqual(problems(type, { filename: "a", inline_string: "b" }), [
    'only one of "filename" and "inline_string" can be set',
  ]);
  assert.deepEqual(problems(type, { filename: "a", inline_string: null }), []);
});

test("an Any says what it needs and which type was probably meant", () => {
  const any = (json: unknown) => problems("google.protobuf.Any", json)[0];
  assert.equal(any({ name: "x" }), 'needs "@type"; it is the type URL of the message');
  assert.equal(any("x"), 'must be an object with "@type", not "x"');
  assert.equal(
    any({ "@type": "envoy.config.cluster.v3.Cluster" }),
    '@type: "envoy.config.cluster.v3.Cluster" is not a type URL; ' +
      'type URLs look like "type.googleapis.com/envoy.config.cluster.v3.Cluster"',
  );
  const unknown = (name: string) => any({ "@type": `type.googleapis.com/${name}` });
  assert.equal(
    unknown("envoy.api.v2.Cluster"),
    '@type: unknown type "envoy.api.v2.Cluster"; did you mean "envoy.config.cluster.v3.Cluster"?',
  );
  assert.equal(
    unknown("envoy.config.cluster.v3.Clutser"),
    '@type: unknown type "envoy.config.cluster.v3.Clutser"; did you mean "envoy.config.cluster.v3.Cluster"?',
  );
  assert.equal(
    unknown("envoy.filters.http.lua.v3.Lua"),
    '@type: unknown type "envoy.filters.http.lua.v3.Lua"; did you mean "envoy.extensions.filters.http.lua.v3.Lua"?',
  );
  assert.equal(unknown("com.example.Nothing"), '@type: unknown type "com.example.Nothing"');
});

test("a type that is not known is a problem, not an exception", () => {
  assert.deepEqual(problems("envoy.api.v2.Listener", {}, { path: "listeners[1]" }), [
    'listeners[1]: unknown type "envoy.api.v2.Listener"; did you mean "envoy.config.listener.v3.Listener"?',
  ]);
});

test("what is no object is no message", () => {
  for (const [json, said] of [
    [null, "null"],
    [[], "a list"],
    ["x", '"x"'],
    [undefined, "undefined"],
    [new Uint8Array(), "an object"],
    [() => 0, "a function"],
    ["y".repeat(100), `"${"y".repeat(57)}..."`],
  ]) {
    assert.deepEqual(problems("envoy.config.cluster.v3.Cluster", json), [`must be an object, not ${said}`]);
  }
});

test("names from Object.prototype are fields like others", () => {
  const json = JSON.parse('{"name":"a","__proto__":1,"constructor":2}');
  assert.deepEqual(problems("envoy.config.cluster.v3.Cluster", json), [
    'unknown field "__proto__"',
    'unknown field "constructor"',
  ]);
});

test("messages nest a hundred deep and no deeper", () => {
  const nest = (levels: number): unknown => (levels === 0 ? {} : { and_rules: { rules: [nest(levels - 1)] } });
  const type = "envoy.config.rbac.v3.Permission";
  assert.deepEqual(problems(type, nest(49), { validate: false }), []);
  assert.equal(
    problems(type, nest(60), { validate: false })[0]?.endsWith("more than 100 messages within each other"),
    true,
  );
  const list = (levels: number): unknown => {
    let json: unknown = 1;
    for (let level = 0; level < levels; level++) json = [json];
    return json;
  };
  assert.deepEqual(problems("google.protobuf.Value", list(50)), []);
  assert.equal(problems("google.protobuf.Value", list(100_000)).length, 1);
  const any = (levels: number): unknown => {
    const url = "type.googleapis.com/google.protobuf.Any";
    return levels === 0 ? {} : { "@type": url, value: any(levels - 1) };
  };
  assert.equal(problems("google.protobuf.Any", any(5_000)).length, 1);
});
