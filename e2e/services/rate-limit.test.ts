import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { listener, staticCluster, typed } from "../harness/resources.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

const transport = "ads-delta";

const limits = `
domain: edge
descriptors:
  - key: user
    rate_limit: { unit: day, requests_per_unit: 2 }
  - key: user
    value: vip-*
    rate_limit: { unit: day, requests_per_unit: 4, algorithm: gcra }
  - key: path
    value: shadow
    shadow_mode: true
    rate_limit: { unit: day, requests_per_unit: 0 }
  - key: path
    value: refunded
    rate_limit: { unit: day, requests_per_unit: 3 }
`;

test("Envoy answers 429 after the limit, and its headers tell how it stands", async (t) => {
  const { get, envoy, metrics } = await start(t);
  const first = await get("/user", { "x-user": "ann" });
  assert.equal(first.status, 200);
  assert.match(first.headers.get("x-ratelimit-limit") ?? "", /^2, 2;w=86400$/);
  assert.equal(first.headers.get("x-ratelimit-remaining"), "1");
  assert.equal(first.headers.get("ratelimit-remaining"), "1");
  const resetSeconds = Number(first.headers.get("x-ratelimit-reset"));
  assert.ok(resetSeconds > 0 && resetSeconds <= 86_400);
  assert.equal((await get("/user", { "x-user": "ann" })).status, 200);
  const over = await get("/user", { "x-user": "ann" });
  assert.equal(over.status, 429);
  assert.equal(over.headers.get("x-envoy-ratelimited"), "true");
  assert.equal(over.headers.get("ratelimit-limit"), "2");
  assert.equal((await get("/user", { "x-user": "bob" })).status, 200);
  assert.equal((await get("/user")).status, 200);
  assert.equal(await envoy.stat("cluster.service1.ratelimit.over_limit"), "1");
  assert.equal(await envoy.stat("cluster.service1.ratelimit.error"), undefined);
  assert.match(await metrics(), /^chancery_rate_limit_over_limit_total\{domain="edge",rule="user"\} 1$/m);
});

test("a limit may be another for some values, and flow rather than begin anew", async (t) => {
  const { get } = await start(t);
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await get("/user", { "x-user": "vip-ann" })).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
});

test("in shadow mode Envoy lets through what would be refused, and it is counted", async (t) => {
  const { get, metrics } = await start(t);
  for (let i = 0; i < 3; i++) assert.equal((await get("/shadow")).status, 200);
  assert.match(await metrics(), /^chancery_rate_limit_shadow_mode_total\{domain="edge",rule="path_shadow"\} 3$/m);
});

test("what Envoy gives back at the end of a request may be used again", async (t) => {
  const { get, remaining } = await start(t);
  for (let i = 0; i < 3; i++) assert.equal((await get("/charged")).status, 200);
  assert.equal(await remaining(), 0);
  assert.equal((await get("/refunds")).status, 200);
  await until("one is given back", async () => (await remaining()) === 1);
  assert.equal((await get("/charged")).status, 200);
  assert.equal((await get("/charged")).status, 429);
});

test("a new file counts at once, and one with a mistake leaves what was", async (t) => {
  const { get, write, problems } = await start(t);
  for (let i = 0; i < 2; i++) assert.equal((await get("/user", { "x-user": "ann" })).status, 200);
  assert.equal((await get("/user", { "x-user": "ann" })).status, 429);
  await write("domain: [");
  await until("the mistake is seen", async () => (await problems()) > 0);
  assert.equal((await get("/user", { "x-user": "ann" })).status, 429);
  await write(limits.replace("requests_per_unit: 2", "requests_per_unit: 1000"));
  await until("the new limit is there", async () => (await get("/user", { "x-user": "ann" })).status === 200);
});

for (const [failureModeDeny, status] of [
  [false, 200],
  [true, 500],
] as const) {
  test(`while the control plane is away Envoy answers ${status} with failure_mode_deny: ${failureModeDeny}`, async (t) => {
    const { get, kill } = await start(t, { failureModeDeny });
    assert.equal((await get("/user", { "x-user": "ann" })).status, 200);
    await kill();
    await until(`it is ${status}`, async () => (await get("/user", { "x-user": "ann" })).status === status);
  });
}

interface StartOptions {
  readonly failureModeDeny?: boolean;
}

/** A control plane with rate limits, and an Envoy that asks it. */
async function start(t: TestContext, { failureModeDeny = false }: StartOptions = {}) {
  const [folder, port, service1] = await Promise.all([temporaryFolder(t), freePort(), startUpstream(t, "service1")]);
  const file = join(folder, "edge.yaml");
  const write = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  await write(limits);
  const controlPlane = await startControlPlane(t, { options: ["--rate-limits", file, "--rate-limit-headers"] });
  await controlPlane.put({
    resources: {
      listeners: [
        listener({ name: "listener_0", port, route: "limited", transport, filters: [filter(failureModeDeny)] }),
      ],
      routes: [routes()],
      clusters: [staticCluster("service1", service1.port)],
    },
  });
  const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  return {
    envoy,
    write,
    kill: () => controlPlane.kill(),
    get: (path: string, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers }),
    /** Asks how many more requests may be charged, and charges none. */
    remaining: async () => {
      const descriptor = { entries: [{ key: "path", value: "refunded" }], hits_addend: 0 };
      const response = await fetch(`${controlPlane.url}/json`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ domain: "edge", descriptors: [descriptor] }),
      });
      const { statuses } = (await response.json()) as { statuses: { limitRemaining?: number }[] };
      return statuses[0]?.limitRemaining ?? 0;
    },
    metrics: async () => (await fetch(`${controlPlane.url}/metrics`)).text(),
    problems: async () => {
      const state = await (await fetch(`${controlPlane.url}/api/v1/rate-limits`)).json();
      return (state as { problems: unknown[] }).problems.length;
    },
  };
}

function filter(failureModeDeny: boolean): object {
  return {
    name: "envoy.filters.http.ratelimit",
    typed_config: typed("filters.http.ratelimit.v3.RateLimit", {
      domain: "edge",
      failure_mode_deny: failureModeDeny,
      enable_x_ratelimit_headers: "DRAFT_VERSION_03",
      // A machine that is busy with tests takes its time.
      timeout: "5s",
      rate_limit_service: {
        transport_api_version: "V3",
        grpc_service: { envoy_grpc: { cluster_name: "xds_cluster" } },
      },
    }),
  };
}

function routes(): object {
  const pathAction = (value: string) => ({ generic_key: { descriptor_key: "path", descriptor_value: value } });
  const user = { request_headers: { header_name: "x-user", descriptor_key: "user" } };
  const refund = { hits_addend: { number: 1, is_negative_hits: true }, apply_on_stream_done: true };
  return {
    name: "limited",
    virtual_hosts: [
      {
        name: "all",
        domains: ["*"],
        routes: [
          routeTo("/user", { actions: [user] }),
          routeTo("/shadow", { actions: [pathAction("shadow")] }),
          routeTo("/charged", { actions: [pathAction("refunded")] }),
          routeTo("/refunds", { actions: [pathAction("refunded")], ...refund }),
        ],
      },
    ],
  };
}

function routeTo(path: string, rateLimit: object): object {
  return {
    match: { path },
    route: { cluster: "service1" },
    typed_per_filter_config: {
      "envoy.filters.http.ratelimit": typed("filters.http.ratelimit.v3.RateLimitPerRoute", {
        rate_limits: [rateLimit],
      }),
    },
  };
}
