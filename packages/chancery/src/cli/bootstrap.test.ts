import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { parse } from "yaml";
import { bootstrapCommand } from "./bootstrap.ts";
import type { Io } from "./command.ts";
import { parseCommandArgs } from "./parse.ts";

const required = ["--node", "test-id", "--cluster", "test-cluster"];

test("it writes YAML for ADS over gRPC unless told otherwise", async () => {
  const output = await run(required);
  assert.match(output, /^node:\n {2}id: "test-id"\n {2}cluster: "test-cluster"\n/);
  assert.equal(parse(output).dynamic_resources.ads_config.api_type, "GRPC");
  assert.match(output, /address: 127\.0\.0\.1\n\s+port_value: 18000\n/);
  assert.doesNotMatch(output, /admin/);
});

const variants: readonly (readonly [args: readonly string[], apiType: string, ads: boolean])[] = [
  [["--delta"], "DELTA_GRPC", true],
  [["--per-type"], "GRPC", false],
  [["--per-type", "--delta"], "DELTA_GRPC", false],
  [["--rest"], "REST", false],
];

for (const [args, apiType, ads] of variants) {
  test(`${args.join(" ")} asks for ${apiType}, ${ads ? "aggregated" : "per type"}`, async () => {
    const { dynamic_resources: dynamic } = parse(await run([...required, ...args]));
    const source = ads ? dynamic.ads_config : dynamic.lds_config.api_config_source;
    assert.equal(source.api_type, apiType);
    assert.equal("ads_config" in dynamic, ads);
  });
}

test("--rest goes to the HTTP address", async () => {
  assert.match(
    await run([...required, "--rest", "--http", "cp.example.com:81"]),
    /cp\.example\.com\n\s+port_value: 81\n/,
  );
});

test("--load-reports, --metrics-service and --health-checks go to the gRPC address, also beside --rest", async () => {
  const reports = ["--load-reports", "--metrics-service", "--stats-interval", "0.5", "--health-checks"];
  for (const [args, name] of [
    [[], "xds_cluster"],
    [["--rest", "--http", "cp:81"], "xds_services"],
  ] as const) {
    const page = parse(await run([...required, ...reports, "--xds", "cp:80", ...args]));
    assert.equal(page.stats_flush_interval, "0.5s");
    assert.equal(page.stats_sinks[0].typed_config.grpc_service.envoy_grpc.cluster_name, name);
    assert.equal(page.cluster_manager.load_stats_config.grpc_services[0].envoy_grpc.cluster_name, name);
    assert.equal(page.hds_config.grpc_services[0].envoy_grpc.cluster_name, name);
    const cluster = page.static_resources.clusters.find((cluster: { name: string }) => cluster.name === name);
    assert.match(JSON.stringify(cluster), /"address":"cp","port_value":80/);
    assert.match(JSON.stringify(cluster), /http2_protocol_options/);
  }
});

test("without them nothing is reported", async () => {
  assert.doesNotMatch(await run(required), /stats_|load_stats|hds_config/);
  assert.doesNotMatch(await run([...required, "--rest"]), /xds_services/);
});

test("--format json writes the same as JSON", async () => {
  const args = [...required, "--admin", "127.0.0.1:19000"];
  assert.deepEqual(JSON.parse(await run([...args, "--format", "json"])), parse(await run(args)));
});

const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["--cluster", "a"], /needs a node id: --node ID/],
  [["--node", "a"], /--cluster NAME/],
  [[...required, "--rest", "--delta"], /--rest goes alone/],
  [[...required, "--xds", "nowhere"], /Cannot read --xds "nowhere": it would have to be HOST:PORT/],
  [[...required, "--admin", "x:99999"], /Cannot read --admin "x:99999"/],
  [[...required, "--format", "xml"], /Cannot write format "xml": it would have to be yaml or json/],
  [[...required, "--stats-interval", "1"], /--stats-interval says how often --metrics-service sends: give both/],
  [
    [...required, "--metrics-service", "--stats-interval", "often"],
    /Cannot read --stats-interval "often": write seconds/,
  ],
  [[...required, "more"], /Unknown argument "more"/],
];

for (const [args, message] of mistakes) {
  test(`"${args.join(" ")}" is refused`, async () => {
    await assert.rejects(run(args), { name: "UsageError", message });
  });
}

async function run(args: readonly string[]): Promise<string> {
  const stdout = new PassThrough();
  const io: Io = { stdout, stderr: new PassThrough(), env: {}, cwd: "/", signal: new AbortController().signal };
  await bootstrapCommand.run(parseCommandArgs(bootstrapCommand, args), io);
  stdout.end();
  return text(stdout);
}

test("an Envoy reports what its fleet asks for, and one of no fleet is a mistake", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "chancery-bootstrap-"));
  t.after(() => rm(folder, { recursive: true }));
  const config = join(folder, "chancery.yaml");
  await writeFile(
    config,
    "fleets: { edge: { match: { cluster: edge }, loadReports: true, metrics: { interval: 2s }, healthChecks: true } }\n",
  );
  const named = ["--node", "edge-1", "--format", "json", "--config", config];
  assert.partialDeepStrictEqual(JSON.parse(await run([...named, "--cluster", "edge"])), {
    cluster_manager: { load_stats_config: { api_type: "GRPC" } },
    hds_config: { api_type: "GRPC" },
    stats_sinks: [{ name: "envoy.stat_sinks.metrics_service" }],
    stats_flush_interval: "2s",
  });
  const refused = run([...named, "--cluster", "core"]);
  await assert.rejects(refused, /No fleet takes node "edge-1" of cluster "core"; there are: edge/);
});
