import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterLoad, NodeStreams } from "@chancery/xds/services";
import { atOnce } from "../../turns.ts";
import type { LoadBy, LoadRow } from "./api.ts";
import { loadFamilies } from "./families.ts";
import { LoadTable } from "./load-table.ts";
import { toRows } from "./rows.ts";

test("rates are of the report's own interval, and totals are sums", () => {
  const { table, rows } = start();
  table.add([cluster("shop", { issued: 100n, successful: 90n, errors: 5n, inProgress: 5n })], edge1, 0);
  table.add([cluster("shop", { issued: 40n, successful: 30n, errors: 10n, inProgress: 3n }, 20_000)], edge1, 0);
  assert.deepEqual(rows("cluster"), [
    {
      cluster: "shop",
      nodes: 1,
      requestsPerSecond: 2,
      errorsPerSecond: 0.5,
      errorShare: 0.25,
      inFlight: 3,
      droppedPerSecond: 0,
      totals: { requests: "140", errors: "15", dropped: "0" },
    },
  ]);
});

test("what a report does not tell of had no traffic", () => {
  const { table, rows } = start();
  table.add([cluster("shop", { issued: 10n }), cluster("cart", { issued: 10n })], edge1, 0);
  table.add([cluster("shop", { issued: 20n })], edge1, 0);
  assert.deepEqual(
    rows("cluster").map((row) => [row.cluster, row.requestsPerSecond, row.totals.requests]),
    [
      ["cart", 0, "10"],
      ["shop", 2, "30"],
    ],
  );
});

test("a client that does not count requests that begin has those that ended", () => {
  const { table, rows } = start();
  table.add([cluster("shop", { successful: 9n, errors: 1n })], edge1, 0);
  assert.partialDeepStrictEqual(rows("cluster"), [{ requestsPerSecond: 1, errorShare: 0.1 }]);
});

test("a request that ends in the report after the one it began in is counted once", () => {
  const { table, rows } = start();
  table.add([cluster("shop", { issued: 1n, inProgress: 1n })], edge1, 0);
  table.add([cluster("shop", { successful: 1n })], edge1, 0);
  assert.partialDeepStrictEqual(rows("cluster"), [{ requestsPerSecond: 0, inFlight: 0, totals: { requests: "1" } }]);
});

test("counts stay exact beyond 2^53, and a report without an interval is of the one asked for", () => {
  const { table, rows } = start();
  const issued = 9_007_199_254_740_993n;
  table.add([cluster("shop", { issued })], edge1, 0);
  table.add([cluster("shop", { issued: 50n }, 0)], edge1, 0);
  assert.partialDeepStrictEqual(rows("cluster"), [{ requestsPerSecond: 5, totals: { requests: "9007199254741043" } }]);
});

test("there are rows by edge, node, locality and endpoint, and globs choose", () => {
  const { table, rows } = start();
  const endpoints = [
    { ...nothing, address: "10.0.0.1:80", issued: 7n },
    { ...nothing, address: "10.0.0.2:80", issued: 3n, errors: 3n },
  ];
  table.add([cluster("shop", { issued: 10n, endpoints })], edge1, 0);
  table.add([cluster("shop", { issued: 20n })], edge2, 0);
  table.add([cluster("cart", { issued: 30n })], other, 0);
  const shown = (by: LoadBy, filter = {}) =>
    rows(by, filter).map(({ nodeCluster, node, cluster, endpoint, nodes, requestsPerSecond }) =>
      [nodeCluster, node, cluster, endpoint, nodes, requestsPerSecond].filter((cell) => cell !== undefined).join(" "),
    );
  assert.deepEqual(shown("edge"), ["inner cart 1 3", "edge shop 2 3"]);
  assert.deepEqual(shown("node", { nodeCluster: "ed*" }), ["edge edge-1 shop 1 1", "edge edge-2 shop 1 2"]);
  assert.deepEqual(shown("endpoint"), ["shop 10.0.0.1:80 1 0.7", "shop 10.0.0.2:80 1 0.3"]);
  assert.deepEqual(shown("cluster", { cluster: "c*" }), ["cart 1 3"]);
  assert.deepEqual(shown("cluster", { node: "edge-1" }), ["shop 1 1"]);
  const [row] = rows("locality", { cluster: "cart" });
  assert.partialDeepStrictEqual(row, { locality: { region: "eu", zone: "eu-1", subZone: "" }, priority: 0 });
});

test("a client that has gone has no load; what its cluster counted stays for Prometheus", () => {
  const { table, rows, metric } = start();
  table.add([cluster("shop", { issued: 10n, inProgress: 2n })], edge1, 0);
  table.remove(edge1);
  table.add([cluster("shop", { issued: 5n, inProgress: 1n })], edge2, 0);
  assert.partialDeepStrictEqual(rows("cluster"), [{ inFlight: 1, totals: { requests: "5" } }]);
  assert.deepEqual(metric("chancery_load_requests_total"), [[["edge", "shop", "eu", "eu-1", "", "0"], 15]]);
  assert.deepEqual(metric("chancery_load_in_flight"), [[["edge", "shop"], 1]]);
});

test("drops are counted by reason, and those without a reason too", () => {
  const { table, rows, metric } = start();
  const drops = [{ category: "lb", count: 3n }];
  table.add([{ ...cluster("shop", {}), dropped: 10n, drops }], edge1, 0);
  assert.partialDeepStrictEqual(rows("cluster"), [{ droppedPerSecond: 1, totals: { dropped: "10" } }]);
  assert.deepEqual(metric("chancery_load_dropped_total"), [
    [["edge", "shop", "lb"], 3],
    [["edge", "shop", ""], 7],
  ]);
});

test("what is beyond a limit is left out and counted", () => {
  const { table, rows } = start({ maxSeriesPerNode: 3, maxEdges: 1 });
  table.add([cluster("a", { issued: 10n }), cluster("b", { issued: 10n }), cluster("c", { issued: 10n })], edge1, 0);
  assert.deepEqual(
    rows("cluster").map((row) => [row.cluster, row.requestsPerSecond]),
    [
      ["a", 1],
      ["b", 0],
    ],
  );
  // One locality and one cluster of the client, and two edges.
  assert.equal(table.leftOut, 4);
});

test("what is in no report any more makes room for what is new", () => {
  const { table, rows } = start({ maxSeriesPerNode: 2 });
  table.add([cluster("a", { issued: 10n })], edge1, 0);
  table.add([cluster("b", { issued: 10n })], edge1, 0);
  table.add([cluster("b", { issued: 10n })], edge1, 0);
  assert.deepEqual(
    rows("cluster").map((row) => row.cluster),
    ["b"],
  );
});

test("an edge of which nothing was heard for an hour is forgotten", () => {
  const { table } = start();
  table.add([cluster("old", {})], edge1, 0);
  table.add([cluster("new", {})], edge1, 3_600_001);
  assert.deepEqual(
    [...table.edges].map(({ to }) => to),
    ["new"],
  );
});

const node = (id: string, cluster: string) => ({
  ...{ id, cluster, locality: { region: "", zone: "", subZone: "" } },
  ...{ userAgentName: "envoy", clientFeatures: [], metadata: new Uint8Array() },
});
const edge1 = { id: 1, node: node("edge-1", "edge") };
const edge2 = { id: 2, node: node("edge-2", "edge") };
const other = { id: 3, node: node("inner-1", "inner") };

const nothing = { issued: 0n, successful: 0n, errors: 0n, inProgress: 0n, metrics: [] };

function cluster(name: string, load: Partial<ClusterLoad["localities"][number]>, intervalMs = 10_000): ClusterLoad {
  const locality = {
    ...{ locality: { region: "eu", zone: "eu-1", subZone: "" }, priority: 0, ...nothing, endpoints: [] },
    ...{ activeConnections: 0n, newConnections: 0n, failedConnections: 0n },
  };
  return { cluster: name, serviceName: "", intervalMs, dropped: 0n, drops: [], localities: [{ ...locality, ...load }] };
}

function start(options: { readonly maxSeriesPerNode?: number; readonly maxEdges?: number } = {}) {
  const { maxSeriesPerNode = 100, maxEdges = 100 } = options;
  const table = new LoadTable({ intervalMs: 10_000, maxSeriesPerNode, maxEdges });
  return {
    table,
    rows: (by: LoadBy, filter: object = {}): LoadRow[] =>
      atOnce(toRows(table.clients, by, { cluster: "*", node: "*", nodeCluster: "*", ...filter })),
    metric: (name: string) => {
      const family = loadFamilies(table, new NodeStreams()).find((family) => family.name === name);
      assert(family?.labels !== undefined, `no family ${name}`);
      return [...family.read()];
    },
  };
}
