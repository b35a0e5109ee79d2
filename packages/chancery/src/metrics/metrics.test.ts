import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceTypes } from "@chancery/xds";
import { version } from "../version.ts";
import { createMetrics, type MetricsContext } from "./metrics.ts";

test("numbers are read when they are asked for", async () => {
  const groups = ["a"];
  const metrics = createMetrics(context({ snapshots: { groups: () => groups } }));
  assert.match(await metrics.read(), /^chancery_snapshots 1$/m);
  groups.push("b");
  assert.match(await metrics.read(), /^chancery_snapshots 2$/m);
  assert.match(await metrics.read(), /^chancery_snapshots 2$/m);
});

test("streams are counted by method, clients by node", async () => {
  const clients = [
    { method: "/A", node: { id: "one" } },
    { method: "/A", node: { id: "two" } },
    { method: "/B", node: { id: "one" } },
  ];
  const text = await createMetrics(context({ discovery: { clients, stats: { types: new Map() } } })).read();
  assert.match(text, /^chancery_xds_streams\{method="\/A"\} 2$/m);
  assert.match(text, /^chancery_xds_streams\{method="\/B"\} 1$/m);
  assert.match(text, /^chancery_xds_clients 2$/m);
});

test("responses and answers are counted by type, and clients cannot make new labels", async () => {
  const clusters = resourceTypes.find(({ key }) => key === "clusters");
  assert(clusters);
  const made = (typeUrl: string) => ({ ...clusters, typeUrl, key: typeUrl });
  const types = new Map([
    [clusters, { responses: 3, responseBytes: 500, acks: 2, nacks: 1, stale: 0 }],
    [made("type.googleapis.com/x.Y"), { responses: 0, responseBytes: 0, acks: 1, nacks: 0, stale: 0 }],
    [made("type.googleapis.com/x.Z"), { responses: 0, responseBytes: 0, acks: 1, nacks: 0, stale: 0 }],
  ]);
  const text = await createMetrics(context({ discovery: { clients: [], stats: { types } } })).read();
  assert.match(text, /^chancery_xds_responses_total\{type="clusters"\} 3$/m);
  assert.match(text, /^chancery_xds_response_bytes_total\{type="clusters"\} 500$/m);
  assert.match(text, /^chancery_xds_nacks_total\{type="clusters"\} 1$/m);
  assert.match(text, /^chancery_xds_acks_total\{type="other"\} 2$/m);
  assert.match(text, /^# TYPE chancery_xds_acks_total counter$/m);
  assert.doesNotMatch(text, /x\.Y/);
});

test("a histogram that is counted elsewhere has cumulative buckets, a sum and a count", async () => {
  const services = [
    {
      ...{ name: "made_up_seconds", help: "How long", labels: ["route"], bounds: [0.5, 1] },
      read: () => [{ values: ['a"b'], counts: [1, 2, 3], sum: 7.5 }],
    },
  ];
  const text = await createMetrics(context({ services })).read();
  const lines = text.split("\n").filter((line) => line.includes("made_up"));
  assert.deepEqual(lines, [
    "# HELP made_up_seconds How long",
    "# TYPE made_up_seconds histogram",
    'made_up_seconds_bucket{le="0.5",route="a\\"b"} 1',
    'made_up_seconds_bucket{le="1",route="a\\"b"} 3',
    'made_up_seconds_bucket{le="+Inf",route="a\\"b"} 6',
    'made_up_seconds_sum{route="a\\"b"} 7.5',
    'made_up_seconds_count{route="a\\"b"} 6',
  ]);
});

test("limits that clients went beyond are counted by name", async () => {
  const limitsMet = new Map([["maxNodeBytes", 2]]);
  const text = await createMetrics(context({ limitsMet: () => limitsMet })).read();
  assert.match(text, /^chancery_xds_limits_total\{limit="maxNodeBytes"\} 2$/m);
});

test("the configuration's problems and reloads, the build and the process are there", async () => {
  const problem = { path: "", message: "", code: "", origin: "" } as const;
  const text = await createMetrics(
    context({
      configuration: {
        problems: [
          { ...problem, severity: "error" },
          { ...problem, severity: "warning" },
        ],
        reloads: new Map([
          ["good", 4],
          ["bad", 1],
        ]),
      },
    }),
  ).read();
  assert.match(text, /^chancery_config_problems\{severity="error"\} 1$/m);
  assert.match(text, /^chancery_config_problems\{severity="warning"\} 1$/m);
  assert.match(text, /^chancery_config_reloads_total\{result="good"\} 4$/m);
  assert.match(text, /^chancery_config_reloads_total\{result="bad"\} 1$/m);
  assert(text.includes(`chancery_build_info{version="${version}"} 1\n`));
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
});

function context(part: Partial<MetricsContext>): MetricsContext {
  return {
    snapshots: { groups: () => [] },
    configuration: { problems: [], reloads: new Map() },
    discovery: { clients: [], stats: { types: new Map() } },
    limitsMet: () => new Map(),
    ...part,
  };
}
