import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { commands } from "../packages/chancery/src/cli/commands.ts";
import { runProgram } from "../packages/chancery/src/cli/program.ts";
import { type LoadRow, loadRow } from "../packages/chancery/src/services/load/api.ts";
import { type Chancery, run, startChancery } from "./harness/chancery.ts";
import { openServiceStream } from "./harness/service-stream.ts";

const lrs = "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats";

test("load: what a node reports is in the API and in the metrics, and gone with the node", async (t) => {
  const chancery = await startChancery(t);
  const node = await report(t, chancery, "edge-1", [stats("shop", 20, 5)]);
  const [row] = await rows(chancery, "");
  assert.partialDeepStrictEqual(row, { cluster: "shop", requestsPerSecond: 2, errorShare: 0.25, nodes: 1 });
  const labels = 'node_cluster="edge",cluster="shop",region="eu",zone="",sub_zone="",priority="0"';
  const metrics = await (await fetch(`${chancery.url}/metrics`)).text();
  assert.match(metrics, new RegExp(`^chancery_load_errors_total\\{${labels}\\} 5$`, "m"));
  assert.match(metrics, /^chancery_load_reports_total 1$/m);
  node.close();
  while ((await rows(chancery, "")).length > 0);
});

test("load: a wrong query is refused with its place, and the history is there", async (t) => {
  const chancery = await startChancery(t);
  assert.partialDeepStrictEqual(await chancery.get("/api/v1/load?by=color"), { status: 400 });
  assert.partialDeepStrictEqual(await chancery.get("/api/v1/load/history"), { points: [], stretchMs: 10_000 });
});

test("load: top shows the busiest first, or what is asked for", async (t) => {
  const chancery = await startChancery(t);
  await report(t, chancery, "edge-1", [stats("cart", 10, 1), stats("shop", 2_000, 0)]);
  const top = async (...args: readonly string[]) => {
    const running = run(t, "top", "--http", chancery.address, ...args);
    assert.equal(await running.code, 0, running.errors());
    return running.output();
  };
  const lines = [
    "CLUSTER  NODES  REQUESTS/S  ERRORS/S  ERRORS  IN FLIGHT  DROPPED/S",
    "shop     1      200         0         0 %     0          0",
    "cart     1      1.00        0.100     10.0 %  0          0",
  ];
  assert.deepEqual((await top("--once")).trimEnd().split("\n"), lines);
  assert.match(await top("--sort", "errors"), /\ncart .*\nshop /);
  assert.match(await top("--by", "node", "--cluster", "c*"), /^NODE +FROM +CLUSTER .*\nedge-1 +edge +cart .*\n$/);
  assert.match(await top("--by", "locality"), /^CLUSTER +LOCALITY .*\nshop +eu +0 /);
  const data = z.array(loadRow).parse(JSON.parse(await top("--format", "json", "--by", "edge")));
  assert.deepEqual(
    data.map(({ nodeCluster, cluster }) => [nodeCluster, cluster]),
    [
      ["edge", "shop"],
      ["edge", "cart"],
    ],
  );
});

test("load: top without a report says what is missing, and wrong options are refused", async (t) => {
  const chancery = await startChancery(t);
  const quiet = run(t, "top", "--http", chancery.address);
  assert.equal(await quiet.code, 0);
  assert.match(quiet.output(), /^No node has reported load like that yet/);
  for (const [args, message] of [
    [["--by", "clutser"], /--by "clutser"; did you mean "cluster"\?/],
    [["--sort", "x"], /--sort "x"; write one of requests, errors/],
    [["--interval", "0"], /--interval "0": write seconds/],
  ] as const) {
    const running = run(t, "top", ...args);
    assert.equal(await running.code, 2);
    assert.match(running.errors(), message);
  }
});

test("load: on a terminal top renews the table in its place, also while the control plane is gone, until it is ended", async (t) => {
  const chancery = await startChancery(t);
  await report(t, chancery, "edge-1", [stats("shop", 10, 0)]);
  const controller = new AbortController();
  t.after(() => controller.abort());
  const screens: string[] = [];
  let told = () => {};
  const stdout = Object.assign(new PassThrough(), { isTTY: true, rows: 0 }).on("data", (chunk) => {
    screens.push(String(chunk));
    told();
  });
  const says = async (pattern: RegExp) => {
    while (!screens.some((screen) => pattern.test(screen))) {
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    }
    screens.length = 0;
  };
  const io = { stdout, stderr: new PassThrough(), env: {}, cwd: ".", signal: controller.signal };
  const code = runProgram(commands, ["top", "--http", chancery.address, "--interval", "0.1"], io);
  const shop = new RegExp(`^${esc}\\[HCLUSTER.*${esc}\\[K\\nshop `);
  await says(shop);
  await says(shop);
  await chancery.close();
  await says(/Cannot reach a control plane/);
  controller.abort();
  assert.equal(await code, 0);
});

const esc = "\\u001b";

/** Opens a stream of a node and reports; returns when the report was taken. */
async function report(t: TestContext, chancery: Chancery, id: string, cluster_stats: readonly object[]) {
  const type = "envoy.service.load_stats.v3.LoadStatsRequest";
  const stream = openServiceStream(chancery.xds, lrs, type);
  t.after(() => stream.close());
  stream.send({ node: { id, cluster: "edge", client_features: ["envoy.lrs.supports_send_all_clusters"] } });
  await stream.next();
  stream.send({ cluster_stats });
  while ((await rows(chancery, `?node=${id}`)).length === 0);
  return stream;
}

async function rows(chancery: Chancery, query: string): Promise<LoadRow[]> {
  return z.array(loadRow).parse(await chancery.get(`/api/v1/load${query}`));
}

function stats(cluster_name: string, requests: number, errors: number): object {
  const locality = {
    locality: { region: "eu" },
    total_issued_requests: String(requests),
    total_successful_requests: String(requests - errors),
    total_error_requests: String(errors),
  };
  return { cluster_name, load_report_interval: "10s", upstream_locality_stats: [locality] };
}
