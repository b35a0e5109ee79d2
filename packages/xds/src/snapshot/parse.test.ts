import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../resource/problem.ts";
import { toResource } from "../resource/resource.ts";
import { parseSnapshot } from "./parse.ts";
import { toSnapshot } from "./snapshot.ts";
import { snapshotToJson } from "./to-json.ts";

function problemsOf(document: unknown): string[] {
  const parsed = parseSnapshot(document);
  return parsed.problems.map(formatProblem);
}

test("a snapshot is read, and written the same way, in the order of names", () => {
  const document = {
    version: "v1",
    resources: {
      clusters: [{ name: "b" }, { name: "a", connect_timeout: "1.500s" }],
      lbEndpoints: [
        {
          name: "xdstp://c/envoy.config.endpoint.v3.LbEndpoint/x/1",
          resource: { endpoint: { address: { pipe: { path: "@a" } } } },
        },
      ],
      virtualHosts: [
        { name: "r/gone", aliases: ["r/gone"], onDemand: true, resource: null },
        { name: "r/x", aliases: ["r/x.com"], ttl: "30s", resource: { name: "x", domains: ["x.com"] } },
      ],
      "type.googleapis.com/google.protobuf.Struct": [{ name: "s", resource: { k: 1 } }],
    },
  };
  const parsed = parseSnapshot(document);
  assert.ok(parsed.ok, JSON.stringify(parsed.problems));
  const [b, a] = document.resources.clusters;
  assert.deepEqual(snapshotToJson(parsed.snapshot), {
    ...document,
    resources: { ...document.resources, clusters: [a, b] },
  });
  assert.deepEqual(parsed.snapshot.counts().clusters, 2);
});

test("of a type that Envoy's API does not have names and versions are shown", () => {
  const typeUrl = "type.googleapis.com/acme.Thing";
  const resource = toResource({ typeUrl, name: "a", body: Uint8Array.from([1]) });
  assert.deepEqual(snapshotToJson(toSnapshot([resource])).resources, {
    [typeUrl]: [{ name: "a", version: resource.version }],
  });
});

const mistakes: Record<string, readonly [unknown, ...string[]]> = {
  "no object": [[], 'must be an object, not a list; write {"resources": {"clusters": […]}}'],
  "an unknown field": [{ resources: {}, verison: "1" }, "verison: unknown field; a snapshot has version and resources"],
  "a version that is no text": [
    { version: 1, resources: {} },
    'version: must be text, not a number; write "1" in quotes',
  ],
  "no list": [{ resources: { clusters: {} } }, "clusters: must be a list, not an object"],
  "a mistake in a resource": [
    { resources: { clusters: [{ name: "a" }, { name: "b", conect_timeout: "1s" }] } },
    'clusters[1]: unknown field "conect_timeout"; did you mean "connect_timeout"?',
  ],
  "a name twice": [
    { resources: { clusters: [{ name: "a" }, { name: "a" }] } },
    'clusters[1]: is named "a", as clusters[0] is; give each its own name',
  ],
  "no name": [
    { resources: { lbEndpoints: [{ health_status: "HEALTHY" }] } },
    'lbEndpoints[0]: has no name; write {"name": "…", "resource": {…}}',
  ],
  "a bad time to live": [
    { resources: { clusters: [{ name: "a", ttl: "soon", resource: { name: "a" } }] } },
    'clusters[0].ttl: "soon" is not a time to live; write seconds such as "30s" or "1.5s"',
  ],
};

for (const [what, [document, ...expected]] of Object.entries(mistakes)) {
  test(`${what} is named with its place and its mend`, () => {
    assert.deepEqual(problemsOf(document), expected);
  });
}

test("an unknown type is named with those there are", () => {
  assert.match(
    problemsOf({ resources: { cluster: [] } })[0] ?? "",
    /^cluster: unknown resource type; the types are .*clusters/,
  );
});

test("a tap that streams over gRPC is refused, since Envoy crashes on it", () => {
  const tap = {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.tap.v3.Tap",
    common_config: {
      static_config: {
        match: { any_match: true },
        output_config: {
          sinks: [{ streaming_grpc: { tap_id: "t", grpc_service: { envoy_grpc: { cluster_name: "c" } } } }],
        },
      },
    },
  };
  const listener = {
    name: "l",
    filter_chains: [
      {
        filters: [
          {
            name: "hcm",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: "s",
              route_config: { name: "r" },
              http_filters: [{ name: "tap", typed_config: tap }],
            },
          },
        ],
      },
    ],
  };
  const [problem] = problemsOf({ resources: { listeners: [listener] } });
  assert.match(problem ?? "", /^listeners\[0\]\.filter_chains\[0\].*streaming_grpc: makes Envoy crash; use the sink/);
});

test("what stays the same is shared with the snapshot before", () => {
  const names = Array.from({ length: 300 }, (_, i) => `c${i}`);
  const document = (changed: string) => ({
    resources: { clusters: names.map((name) => ({ name, ...(name === changed && { alt_stat_name: "x" }) })) },
  });
  const first = parseSnapshot(document(""));
  assert.ok(first.ok);
  const second = parseSnapshot(document("c7"), { previous: first.snapshot });
  const third = parseSnapshot(document("c7"), { previous: second.ok ? second.snapshot : undefined });
  assert.ok(second.ok && third.ok);
  const typeUrl = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  const [one, two, three] = [first, second, third].map(({ snapshot }) => snapshot.set(typeUrl));
  assert.equal(two?.resources, three?.resources);
  assert.notEqual(one?.version, two?.version);
  assert.equal(two?.version, three?.version);
  assert.equal(two?.resources.changesSince(one?.resources ?? two.resources).set.length, 1);
});
