import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { MetricView, readMetrics } from "@chancery/xds/services";
import { type Counters, FleetMetrics, type FleetMetricsOptions } from "./fleet-metrics.ts";
import { type PageFormat, writePage } from "./page.ts";
import { parsePage } from "./testdata/parse-page.ts";

test("metrics of all nodes are on one page, with one TYPE line for each name and the labels of their nodes", async () => {
  const fleet = start();
  fleet.send(edge1, [
    counter("cluster.upstream_rq_total", 5, cluster("shop")),
    counter("cluster.upstream_rq_total", 6),
  ]);
  fleet.send(edge2, [gauge("server.live", 1), counter("cluster.upstream_rq_total", 7, cluster("shop"))]);
  const node1 = { node: "edge-1", node_cluster: "edge", region: "eu", zone: "eu-1" };
  assert.deepEqual(parsePage(await fleet.page()), [
    {
      name: "envoy_cluster_upstream_rq_total",
      type: "COUNTER",
      help: "",
      metrics: [
        { labels: { ...node1, envoy_cluster_name: "shop" }, value: "5" },
        { labels: node1, value: "6" },
        { labels: { node: "edge-2", node_cluster: "edge", envoy_cluster_name: "shop" }, value: "7" },
      ],
    },
    {
      ...{ name: "envoy_server_live", type: "GAUGE", help: "" },
      metrics: [{ labels: { node: "edge-2", node_cluster: "edge" }, value: "1" }],
    },
  ]);
});

test("a counter stands as it was sent, a reset too; deltas are added up", async () => {
  const fleet = start();
  for (const value of [5, 9, 2]) fleet.send(edge1, [counter("a", value)]);
  assert.deepEqual(await fleet.values("envoy_a"), ["2"]);
  for (const value of [5, 9, 2]) fleet.send(edge2, [counter("b", value)], "deltas");
  assert.deepEqual(await fleet.values("envoy_b"), ["16"]);
});

test("a histogram's intervals are added up, bucket by bucket, and the last bucket has all", async () => {
  const fleet = start();
  const send = (count: number, sum: number, first: number, second: number) => {
    const buckets = [
      [1, first],
      [5, second],
    ] as const;
    fleet.send(edge2, [histogram("rq_time", { count, sum, buckets }, { a: "b" })]);
  };
  send(4, 10.5, 1, 3);
  send(2, 1, 2, 2);
  assert.deepEqual(await fleet.lines(), [
    "# TYPE envoy_rq_time histogram",
    'envoy_rq_time_bucket{node="edge-2",node_cluster="edge",a="b",le="1"} 3',
    'envoy_rq_time_bucket{node="edge-2",node_cluster="edge",a="b",le="5"} 5',
    'envoy_rq_time_bucket{node="edge-2",node_cluster="edge",a="b",le="+Inf"} 6',
    'envoy_rq_time_sum{node="edge-2",node_cluster="edge",a="b"} 11.5',
    'envoy_rq_time_count{node="edge-2",node_cluster="edge",a="b"} 6',
  ]);
});

test("a histogram that comes as a summary too is a histogram, whichever comes first", async () => {
  for (const order of [
    [summary("rq_time"), histogram("rq_time", { count: 1, sum: 1, buckets: [[1, 1]] })],
    [histogram("rq_time", { count: 1, sum: 1, buckets: [[1, 1]] }), summary("rq_time")],
  ]) {
    const fleet = start();
    fleet.send(edge1, order);
    fleet.send(edge1, order);
    const [family, ...more] = parsePage(await fleet.page());
    assert.deepEqual(more, []);
    assert.equal(family?.type, "HISTOGRAM");
    assert.match(await fleet.page(), /^envoy_rq_time_count\{.*\} 2$/m);
    assert.equal(fleet.metrics.leftOut.types, 0);
  }
});

test("a summary has the quantiles of the last interval, and the count and sum of all", async () => {
  const fleet = start();
  fleet.send(edge2, [
    summary("rq_time", {
      count: 3,
      sum: 6,
      quantiles: [
        [0.5, 2],
        [0.99, 3],
      ],
    }),
  ]);
  fleet.send(edge2, [
    summary("rq_time", {
      count: 1,
      sum: 9,
      quantiles: [
        [0.5, 9],
        [0.99, 9],
      ],
    }),
  ]);
  assert.deepEqual(await fleet.lines(), [
    "# TYPE envoy_rq_time summary",
    'envoy_rq_time{node="edge-2",node_cluster="edge",quantile="0.5"} 9',
    'envoy_rq_time{node="edge-2",node_cluster="edge",quantile="0.99"} 9',
    'envoy_rq_time_sum{node="edge-2",node_cluster="edge"} 15',
    'envoy_rq_time_count{node="edge-2",node_cluster="edge"} 4',
  ]);
});

test("names are made valid, and labels are escaped and cannot pose as another node", async () => {
  const fleet = start();
  const value = 'a\\b"c\nd ü';
  fleet.send(edge1, [gauge("wasm.my-metric/1.größe", 1, { "9-lives.x": value, node: "edge-2" })]);
  const [family] = parsePage(await fleet.page());
  assert.equal(family?.name, "envoy_wasm_my_metric_1_gr__e");
  const labels = family?.metrics[0]?.labels;
  assert.partialDeepStrictEqual(labels, { _9_lives_x: value, node: "edge-1", exported_node: "edge-2" });
});

test("series that mean the same after that are one line", async () => {
  const fleet = start();
  fleet.send(edge1, [gauge("a.b", 1, { "x.y": "1", "x-y": "2" }), gauge("a_b", 2, { "x.y": "1" })]);
  const text = await fleet.page();
  assert.equal(text.match(/^envoy_a_b\{/gm)?.length, 1);
  assert.deepEqual(await fleet.values("envoy_a_b"), ["2"]);
});

test("numbers that are none are written as the format says", async () => {
  const fleet = start();
  fleet.send(edge1, [
    gauge("a", "NaN"),
    gauge("b", "Infinity"),
    gauge("c", "-Infinity"),
    gauge("d", 1e21),
    gauge("e", 0.1),
  ]);
  const text = await fleet.page();
  assert.deepEqual(
    [...text.matchAll(/ (\S+)$/gm)].map(([, last]) => last).filter((last) => last !== "gauge"),
    [..."NaN +Inf -Inf 1e+21 0.1".split(" ")],
  );
});

test("only what is allowed is kept, and a page may be asked for less", async () => {
  const fleet = start({ allow: ["envoy_cluster_*", "envoy_server_live"] });
  fleet.send(edge1, [gauge("cluster.a", 1), gauge("server.live", 1), gauge("server.other", 1), gauge("http.a", 1)]);
  fleet.send(edge2, [gauge("cluster.a", 2)]);
  const names = async (filter: object) => parsePage(await fleet.page("text", filter)).map(({ name }) => name);
  assert.deepEqual(await names({}), ["envoy_cluster_a", "envoy_server_live"]);
  assert.deepEqual(await names({ name: "*live" }), ["envoy_server_live"]);
  assert.deepEqual(await names({ node: "edge-2" }), ["envoy_cluster_a"]);
  assert.deepEqual(await names({ nodeCluster: "other" }), []);
});

test("a node has so many lines at most, and what is beyond is counted", async () => {
  const fleet = start({ maxLinesPerNode: 6 });
  fleet.send(edge1, [
    gauge("a", 1),
    histogram("h", {
      count: 1,
      sum: 1,
      buckets: [
        [1, 1],
        [2, 1],
      ],
    }),
    gauge("b", 1),
    gauge("a", 1, { x: "1" }),
  ]);
  assert.equal((await fleet.page()).match(/^envoy/gm)?.length, 6);
  assert.equal(fleet.metrics.leftOut.lines, 2);
});

test("a name has one type: what comes as another is left out and counted", async () => {
  const fleet = start();
  fleet.send(edge1, [gauge("a", 1)]);
  fleet.send(edge2, [counter("a", 2)]);
  assert.partialDeepStrictEqual(parsePage(await fleet.page()), [{ type: "GAUGE", metrics: [{ value: "1" }] }]);
  assert.equal(fleet.metrics.leftOut.types, 1);
});

test("what a node does not send any more goes from the page, and then from memory", async () => {
  const fleet = start();
  fleet.send(edge1, [gauge("a", 1), gauge("b", 1)]);
  fleet.send(edge1, [gauge("a", 1)]);
  assert.deepEqual(await fleet.values("envoy_b"), ["1"]);
  for (let flush = 0; flush < 3; flush++) fleet.send(edge1, [gauge("a", 1)]);
  assert.doesNotMatch(await fleet.page(), /envoy_b/);
  for (let flush = 0; flush < 8; flush++) fleet.send(edge1, [gauge("a", 1)]);
  assert.equal([...fleet.metrics.nodes][0]?.lines, 1);
  fleet.send(edge1, [counter("b", 2)]);
  assert.match(await fleet.page(), /# TYPE envoy_b counter/);
});

test("a node is on the page until some time after its last stream has ended", async () => {
  const fleet = start({ forgetMs: 1_000 });
  fleet.send(edge1, [gauge("a", 1)]);
  fleet.send(edge2, [gauge("a", 2)]);
  fleet.end(edge1, 5_000);
  fleet.metrics.sweep(5_999);
  assert.deepEqual(await fleet.values("envoy_a"), ["1", "2"]);
  fleet.metrics.sweep(6_000);
  assert.deepEqual(await fleet.values("envoy_a"), ["2"]);
  fleet.send(edge1, [gauge("a", 3)]);
  fleet.metrics.sweep(60_000);
  assert.deepEqual(await fleet.values("envoy_a"), ["2", "3"]);
});

test("OpenMetrics has the same lines, its own names of types, and an end", async () => {
  const fleet = start();
  fleet.send(edge1, [
    counter("cluster.rq_total", 1),
    counter("cluster.cx_total", 1),
    gauge("cluster.cx", 1),
    counter("cluster.drop", 1),
  ]);
  const text = await fleet.page("openmetrics");
  assert.deepEqual(
    text.split("\n").filter((line) => line.startsWith("#")),
    [
      "# TYPE envoy_cluster_cx gauge",
      "# TYPE envoy_cluster_cx_total unknown",
      "# TYPE envoy_cluster_drop unknown",
      "# TYPE envoy_cluster_rq counter",
      "# EOF",
    ],
  );
  const lines = (page: string) => page.split("\n").filter((line) => !line.startsWith("#"));
  assert.deepEqual(lines(text), lines(await fleet.page()));
});

const edge1 = node("edge-1", { region: "eu", zone: "eu-1", subZone: "" });
const edge2 = node("edge-2");

function node(id: string, locality = { region: "", zone: "", subZone: "" }) {
  return { id, cluster: "edge", locality, userAgentName: "envoy", clientFeatures: [], metadata: new Uint8Array() };
}

type Labels = Readonly<Record<string, string>>;

const cluster = (name: string): Labels => ({ "envoy.cluster_name": name });

const pairs = (labels: Labels) => Object.entries(labels).map(([name, value]) => ({ name, value }));

function counter(name: string, value: number, labels: Labels = {}): object {
  return { name, type: "COUNTER", metric: [{ label: pairs(labels), counter: { value } }] };
}

function gauge(name: string, value: number | string, labels: Labels = {}): object {
  return { name, type: "GAUGE", metric: [{ label: pairs(labels), gauge: { value } }] };
}

interface Buckets {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly (readonly [bound: number, count: number])[];
}

function histogram(name: string, { count, sum, buckets }: Buckets, labels: Labels = {}): object {
  const bucket = buckets.map(([upper_bound, count]) => ({ upper_bound, cumulative_count: String(count) }));
  const histogram = { sample_count: String(count), sample_sum: sum, bucket };
  return { name, type: "HISTOGRAM", metric: [{ label: pairs(labels), histogram }] };
}

function summary(
  name: string,
  { count = 1, sum = 1, quantiles = [[0.5, 1]] as readonly (readonly number[])[] } = {},
): object {
  const quantile = quantiles.map(([place, value]) => ({ quantile: place, value }));
  return { name, type: "SUMMARY", metric: [{ summary: { sample_count: String(count), sample_sum: sum, quantile } }] };
}

function start(options: Partial<FleetMetricsOptions> = {}) {
  const metrics = new FleetMetrics({ allow: ["*"], maxLinesPerNode: 1_000, forgetMs: 1_000, ...options });
  const open = new Map<string, ReturnType<FleetMetrics["open"]>>();
  const view = new MetricView();
  let flush = 0;
  const page = async (format: PageFormat = "text", filter: object = {}) => {
    let text = "";
    const all = { name: "*", node: "*", nodeCluster: "*", ...filter };
    for await (const piece of writePage(metrics.families, format, all)) text += piece;
    return text;
  };
  return {
    metrics,
    page,
    /** All of a node's metrics at one time. */
    send(node: typeof edge1, families: readonly object[], counters: Counters = "cumulative") {
      const from = open.get(node.id) ?? metrics.open(node);
      open.set(node.id, from);
      flush++;
      const stamped = JSON.parse(JSON.stringify(families), (key, value) =>
        key === "metric" ? value.map((metric: object) => ({ ...metric, timestamp_ms: String(flush) })) : value,
      );
      const message = { envoy_metrics: stamped };
      const encoded = encodeJson("envoy.service.metrics.v3.StreamMetricsMessage", message, { validate: false });
      assert(encoded.ok, JSON.stringify(encoded));
      for (const _ of readMetrics(encoded.bytes, view, (metric) => metrics.take(from, metric, counters)));
      metrics.endMessage(from);
    },
    end(node: typeof edge1, nowMs: number) {
      const from = open.get(node.id);
      assert(from);
      open.delete(node.id);
      metrics.close(from, nowMs);
    },
    lines: async () => (await page()).trimEnd().split("\n"),
    values: async (name: string) => {
      const family = parsePage(await page()).find((family) => family.name === name);
      return family?.metrics.map(({ value }) => value);
    },
  };
}
