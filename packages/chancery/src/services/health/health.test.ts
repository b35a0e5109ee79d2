import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { decodeToJson } from "@chancery/envoy-api";
import { bodyOf, type Snapshot } from "@chancery/xds";
import { formatAddress } from "../../address.ts";
import { healthCommand } from "../../cli/health.ts";
import { runProgram } from "../../cli/program.ts";
import { type ControlPlane, startControlPlane } from "../../control-plane.ts";
import { groupOfFleet } from "../../fleets/groups.ts";
import { createLogger } from "../../logs.ts";
import { type HealthReport, healthReport } from "./api.ts";

test("a check that fails changes the endpoints of its service and nothing else, until it passes again", async (t) => {
  const { controlPlane, port, answer, logged } = await start(t);
  await says(controlPlane, "healthy");
  const before = snapshotOf(controlPlane);
  answer(503);
  await logged(new RegExp(`^127.0.0.1:${port} of service shop is unhealthy: the control plane, HTTP 503$`));
  const after = await changed(controlPlane, before);
  assert.match(endpointsIn(after, "shop"), /"health_status":"UNHEALTHY"/);
  for (const { typeUrl, resources } of after.sets) {
    const then = before.set(typeUrl).resources;
    const differing = [...resources].flatMap((resource) => (resource === then.get(resource.name) ? [] : resource.name));
    assert.deepEqual(differing, typeUrl === endpointsType ? ["shop"] : []);
  }
  answer(200);
  await logged(new RegExp(`^127.0.0.1:${port} of service shop is healthy: the control plane$`));
  await changed(controlPlane, after);
  assert.equal(endpointsIn(snapshotOf(controlPlane), "shop"), endpointsIn(before, "shop"));
});

test("what is unhealthy stays so when the model changes, and is forgotten when it is checked no more", async (t) => {
  const { controlPlane, port, answer, logged, write } = await start(t);
  answer(503);
  await logged(/is unhealthy/);
  await changed(controlPlane, snapshotOf(controlPlane));
  const before = snapshotOf(controlPlane);
  await write({ extra: "10.0.0.1:80" });
  const after = await changed(controlPlane, before);
  assert.match(endpointsIn(after, "shop"), /UNHEALTHY/);
  await write({ by: "envoy" });
  for (let now = after; /UNHEALTHY/.test(endpointsIn(now, "shop")); ) now = await changed(controlPlane, now);
  assert.equal((await report(controlPlane)).services.length, 0);
  assert.match(endpointsIn(snapshotOf(controlPlane), "shop"), new RegExp(String(port)));
});

test("what was unhealthy is served so from the start after a restart, until it passes a check", async (t) => {
  const stateFile = join(await mkdtemp(join(tmpdir(), "chancery-health-state-")), "state.json");
  t.after(() => rm(dirname(stateFile), { recursive: true }));
  const first = await start(t, { stateFile });
  first.answer(503);
  await first.logged(/is unhealthy/);
  await first.controlPlane.close();

  const second = await start(t, { stateFile, port: first.port });
  assert.match(endpointsIn(snapshotOf(second.controlPlane), "shop"), /"health_status":"UNHEALTHY"/);
  const { services } = await report(second.controlPlane);
  assert.partialDeepStrictEqual(services[0]?.endpoints[0], { verdict: "unhealthy" });
  first.answer(200);
  await second.logged(/of service shop is healthy: the control plane$/);
  await second.controlPlane.close();

  // What is healthy again is not remembered otherwise.
  const third = await start(t, { stateFile, port: first.port });
  assert.doesNotMatch(endpointsIn(snapshotOf(third.controlPlane), "shop"), /UNHEALTHY/);
});

test("it is seen in metrics, and by the command", async (t) => {
  const { controlPlane, port, answer, logged, run } = await start(t);
  await says(controlPlane, "healthy");
  assert.equal((await run(["--unhealthy"])).stdout.split("\n")[0]?.slice(0, 24), "No endpoint to show; tho");
  answer(503);
  await logged(/is unhealthy/);
  const url = `http://${formatAddress(controlPlane.http)}`;
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /^chancery_health_endpoints\{service="shop",verdict="unhealthy"\} 1$/m);
  assert.match(metrics, /^chancery_health_frozen\{by="control-plane"\} 0$/m);
  assert.match(metrics, /^chancery_health_failed_checks_total [1-9]/m);
  const { stdout } = await run(["shop"]);
  assert.match(stdout, /^SERVICE +ENDPOINT +VERDICT +SINCE +BY +HEALTHY +WHY\n/);
  assert.match(stdout, new RegExp(`\nshop +127.0.0.1:${port} +unhealthy +\\d+s +control-plane +0 of 1 +HTTP 503\n`));
  const { stdout: json } = await run(["--unhealthy", "--format", "json"]);
  assert.equal(healthReport.parse(JSON.parse(json)).services[0]?.endpoints.length, 1);
  assert.match((await run(["other"])).stdout, /^No endpoint to show/);
  const wrong = await run(["--format", "xml"]);
  assert.deepEqual([wrong.code, wrong.stderr.includes("table or json")], [2, true]);
});

test("when everything fails at once it is said loudly, and nothing is taken out", async (t) => {
  const { controlPlane, answer, logged, write, run } = await start(t);
  let status = 503;
  const others = await Promise.all([1, 2, 3, 4].map(() => startUpstream(t, () => status)));
  answer(503);
  await write({ more: others });
  await logged(/^Health is frozen: the control plane's own checks find 4 of 5 endpoints to fail at once/);
  const { frozen, services } = await report(controlPlane);
  assert.deepEqual(frozen, ["control-plane"]);
  const endpoints = services[0]?.endpoints ?? [];
  assert(endpoints.every(({ verdict }) => verdict !== "unhealthy"));
  // The last one may fail a moment later.
  assert(endpoints.filter(({ held }) => held === "frozen").length >= 4);
  assert.match(
    (await run([])).stdout,
    /^FROZEN: too many checks by control-plane fail at once; no endpoint is taken out\n/,
  );
  status = 200;
  await logged(/^Health is believed again: the control plane's own checks find 3 of 5 endpoints to fail$/);
});

interface Written {
  readonly by?: "control-plane" | "envoy";
  readonly extra?: string;
  /** Ports of further endpoints of the service. */
  readonly more?: readonly number[];
}

async function startUpstream(t: TestContext, status: () => number): Promise<number> {
  const upstream = createServer((_, response) => response.writeHead(status()).end());
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  t.after(() => {
    upstream.close();
    upstream.closeAllConnections();
  });
  // It listens on a port, so it has this kind of address.
  return (upstream.address() as AddressInfo).port;
}

/** Starts an upstream, and a control plane that checks it every 20 ms and calls it unhealthy after two failures. */
async function start(t: TestContext, options: { readonly stateFile?: string; readonly port?: number } = {}) {
  let status = 200;
  const { stateFile, port = await startUpstream(t, () => status) } = options;
  const folder = await mkdtemp(join(tmpdir(), "chancery-health-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "chancery.json");
  const write = ({ by = "control-plane", extra = "10.0.0.9:80", more = [] }: Written = {}) => {
    const active = { by, http: "/", interval: "20ms", timeout: "1s", unhealthyThreshold: 2 };
    const config = {
      fleets: { edge: { match: "*" } },
      gateways: { public: { listeners: { http: { protocol: "HTTP", port: 8080 } } } },
      services: {
        shop: { endpoints: [port, ...more].map((port) => `127.0.0.1:${port}`), health: { active } },
        other: { endpoints: [extra] },
      },
      routes: { shop: { parents: "public/http", to: ["shop", "other"] } },
    };
    return writeFile(file, JSON.stringify(config));
  };
  await write();
  const lines = new PassThrough();
  const messages: string[] = [];
  lines.on("data", (line: Buffer) => {
    for (const text of line.toString().trim().split("\n")) messages.push(JSON.parse(text).msg);
    lines.emit("line");
  });
  const free = { host: "127.0.0.1", port: 0 };
  const log = createLogger(lines, { format: "json" });
  const controlPlane = await startControlPlane({
    ...{ xds: free, http: free, paths: [file], log },
    ...(stateFile !== undefined && { stateFile }),
  });
  t.after(() => controlPlane.close());
  return {
    ...{ controlPlane, port, write },
    answer(next: number) {
      status = next;
    },
    async logged(pattern: RegExp) {
      while (!messages.some((message) => pattern.test(message))) await once(lines, "line");
    },
    async run(args: readonly string[]) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const argv = ["health", "--http", formatAddress(controlPlane.http), ...args];
      const io = { stdout, stderr, env: {}, cwd: folder, signal: new AbortController().signal };
      const code = await runProgram({ health: async () => healthCommand }, argv, io);
      stdout.end();
      stderr.end();
      return { code, stdout: await text(stdout), stderr: await text(stderr) };
    },
  };
}

const group = groupOfFleet("edge");
const endpointsType = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

function snapshotOf({ snapshots }: ControlPlane): Snapshot {
  const snapshot = snapshots.get(group);
  assert(snapshot);
  return snapshot;
}

/** The next snapshot after one. */
async function changed(controlPlane: ControlPlane, before: Snapshot): Promise<Snapshot> {
  while (snapshotOf(controlPlane) === before) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = controlPlane.snapshots.watch(group, resolve);
    await promise;
    stop();
  }
  return snapshotOf(controlPlane);
}

function endpointsIn(snapshot: Snapshot, service: string): string {
  const resource = snapshot.set(endpointsType).resources.get(service);
  assert(resource);
  return JSON.stringify(decodeToJson("envoy.config.endpoint.v3.ClusterLoadAssignment", bodyOf(resource)));
}

async function report({ http }: ControlPlane): Promise<HealthReport> {
  return healthReport.parse(await (await fetch(`http://${formatAddress(http)}/api/v1/health`)).json());
}

/** Waits until the service is said to be so. */
async function says(controlPlane: ControlPlane, verdict: string): Promise<void> {
  while ((await report(controlPlane)).services[0]?.endpoints[0]?.verdict !== verdict);
}
