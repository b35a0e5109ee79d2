import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  type QuotaAction,
  QuotaSharing,
  type QuotaStream,
  type RateLimitQuotaOptions,
  type ReportedUsage,
  rateLimitQuotaHandlers,
} from "@chancery/xds/services";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { startLibrary } from "../harness/library.ts";
import { send } from "../harness/request.ts";
import { staticCluster, typed } from "../harness/resources.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

test("an Envoy reports its buckets and does as it is told: all, none, so many, and again none when that has expired", async (t) => {
  const service = recorder();
  const { ask } = await start(t, service.options);
  assert.equal(await ask("acme"), 200, "without an assignment requests are allowed");
  const [stream, bucket] = await service.firstReportOf("acme");
  assert.equal(stream.domain, "shop");
  const tell = (action: Omit<Extract<QuotaAction, { readonly strategy: unknown }>, "bucket">) =>
    stream.act([{ bucket, ...action }]);

  tell({ strategy: { kind: "deny-all" }, ttlSeconds: 60 });
  await until("none is allowed", async () => (await ask("acme")) === 429);
  assert.equal(await ask("globex"), 200, "other buckets are others");

  tell({ strategy: { kind: "allow-all" }, ttlSeconds: 60 });
  await until("all are allowed", async () => (await ask("acme")) === 200);

  tell({ strategy: { kind: "tokens", tokens: { max: 3, refill: 1, seconds: 3_600 } }, ttlSeconds: 60 });
  const allowed = await until("some are allowed", async () => {
    const answers = [await ask("acme"), await ask("acme"), await ask("acme"), await ask("acme")];
    return answers.includes(429) && answers.filter((status) => status === 200).length;
  });
  assert.ok(allowed <= 3, `${allowed} of 3`);
  assert.equal(await ask("acme"), 429);

  tell({ strategy: { kind: "allow-all" }, ttlSeconds: 1 });
  await until("all are allowed", async () => (await ask("acme")) === 200);
  await until("the assignment has expired", async () => (await ask("acme")) === 429);

  await until("what was denied is reported", () => service.total("acme", "denied") >= 3);
  assert.ok(service.total("acme", "allowed") >= allowed);
});

test("a bucket that is abandoned is reported again as if it were new", async (t) => {
  const service = recorder();
  const { ask } = await start(t, service.options);
  await ask("acme");
  const [stream, bucket] = await service.firstReportOf("acme");
  stream.act([{ bucket, strategy: { kind: "deny-all" }, ttlSeconds: 60 }]);
  await until("none is allowed", async () => (await ask("acme")) === 429);
  stream.act([{ bucket, abandon: true }]);
  await until("a report says that there is no bucket any more", () => service.empty() > 0);
  await until("it is without an assignment again", async () => (await ask("acme")) === 200);
  await until("it is reported again", () => service.firsts("acme") === 2);
});

test("an Envoy passes over a strategy that it does not know, and takes an assignment without end for one that has ended", async (t) => {
  const service = recorder();
  const { ask } = await start(t, service.options);
  await ask("acme");
  const [stream, bucket] = await service.firstReportOf("acme");
  stream.act([
    { bucket, strategy: { kind: "tokens", tokens: { max: 1, refill: 1, seconds: 3_600 } }, ttlSeconds: 60 },
    { bucket, strategy: { kind: "requests", requests: 1_000, per: "second" }, ttlSeconds: 60 },
  ]);
  await until("one is allowed at most", async () => (await ask("acme")) === 429);
  stream.act([{ bucket, strategy: { kind: "allow-all" }, ttlSeconds: 60 }]);
  await until("all are allowed", async () => (await ask("acme")) === 200);
  stream.act([{ bucket, strategy: { kind: "allow-all" } }]);
  await until("the assignment has expired", async () => (await ask("acme")) === 429);
});

test("two Envoys share a limit by what comes to them, and one has all of it when the other has gone", async (t) => {
  const sharing = new QuotaSharing({ ruleOf: () => ({ requests: 20, per: "second" }), intervalMs: 200 });
  const library = await startQuotas(t, sharing);
  const [busy, quiet] = [await library.envoy("edge-1"), await library.envoy("edge-2")];
  const shares = () => {
    const [bucket] = [...sharing.buckets];
    return bucket?.shares.map(({ strategy }) => (strategy?.kind === "tokens" ? strategy.tokens.refill : 0)) ?? [];
  };
  await busy.ask("acme");
  await until("the first has all of it", () => `${shares()}` === "20");
  await quiet.ask("acme");
  await until("each has half", () => `${shares()}` === "10,10");
  let [allowed, denied] = [0, 0];
  const beganAt = performance.now();
  await until("the busy one has most of it", async () => {
    for (const status of await Promise.all(Array.from({ length: 20 }, () => busy.ask("acme")))) {
      if (status === 200) allowed++;
      else denied++;
    }
    assert.equal(await quiet.ask("other"), 200);
    return (shares()[0] ?? 0) > 15;
  });
  const seconds = (performance.now() - beganAt) / 1000;
  assert.ok(denied > 0, "some were too many");
  assert.ok(allowed <= 20 * (seconds + 2), `${allowed} in ${seconds} s`);
  assert.equal(
    shares().reduce((sum, share) => sum + share, 0),
    20,
  );
  await quiet.stop();
  await until("it has all of it again", () => `${shares()}` === "20");
});

test("while the control plane is away an Envoy goes on with what it was told, and reports to it when it is back", async (t) => {
  const { ask, library } = await start(t, new QuotaSharing({ ruleOf: () => "deny", ttlSeconds: 600 }));
  await until("none is allowed", async () => (await ask("acme")) === 429);
  await library.server.close();
  for (let i = 0; i < 3; i++) assert.equal(await ask("acme"), 429);
  const back = rateLimitQuotaHandlers(new QuotaSharing({ ruleOf: () => "allow" }));
  await startLibrary(t, back, { port: library.xdsPort });
  await until("all are allowed", async () => (await ask("acme")) === 200, { withinMs: 30_000 });
});

async function start(t: TestContext, options: RateLimitQuotaOptions) {
  const library = await startQuotas(t, options);
  return { library, ...(await library.envoy("edge-1")) };
}

async function startQuotas(t: TestContext, options: RateLimitQuotaOptions) {
  const library = await startLibrary(t, rateLimitQuotaHandlers(options));
  const upstream = await startUpstream(t, "good");
  return {
    ...library,
    async envoy(nodeId: string) {
      const port = await freePort();
      library.set({ clusters: [staticCluster("good", upstream.port)], listeners: [toListener(port)] }, nodeId);
      const envoy = await startEnvoy(t, { transport: "ads", xdsPort: library.xdsPort, nodeId });
      await envoy.ready();
      return {
        stop: () => fetch(`${envoy.url}/quitquitquit`, { method: "POST" }),
        ask: async (tenant: string) => (await send(port, "/", { headers: { "x-tenant": tenant } })).status,
      };
    },
  };
}

function toListener(port: number): object {
  const header = (header_name: string) => ({
    name: header_name,
    typed_config: { "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name },
  });
  const settings = typed("filters.http.rate_limit_quota.v3.RateLimitQuotaBucketSettings", {
    bucket_id_builder: {
      bucket_id_builder: {
        name: { string_value: "by-tenant" },
        tenant: { custom_value: header("x-tenant") },
      },
    },
    reporting_interval: "1s",
    expired_assignment_behavior: {
      expired_assignment_behavior_timeout: "60s",
      fallback_rate_limit: { blanket_rule: "DENY_ALL" },
    },
  });
  const filter = typed("filters.http.rate_limit_quota.v3.RateLimitQuotaFilterConfig", {
    domain: "shop",
    rlqs_server: { envoy_grpc: { cluster_name: "xds_cluster" } },
    bucket_matchers: { on_no_match: { action: { name: "by-tenant", typed_config: settings } } },
  });
  const manager = typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "http",
    route_config: {
      name: "local",
      virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "" }, route: { cluster: "good" } }] }],
    },
    http_filters: [
      { name: "envoy.filters.http.rate_limit_quota", typed_config: filter },
      { name: "envoy.filters.http.router", typed_config: typed("filters.http.router.v3.Router", {}) },
    ],
  });
  return {
    name: "http",
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
}

/** Notes what is reported and decides nothing. */
function recorder() {
  let empty = 0;
  const reports: { readonly usage: ReportedUsage; readonly stream: QuotaStream }[] = [];
  const of = (tenant: string) => reports.filter(({ usage }) => usage.bucket.get("tenant") === tenant);
  return {
    options: {
      onUsage(usages, stream) {
        if (usages.length === 0) empty++;
        reports.push(...usages.map((usage) => ({ usage, stream })));
      },
    } satisfies RateLimitQuotaOptions,
    empty: () => empty,
    firsts: (tenant: string) => of(tenant).filter(({ usage }) => usage.first).length,
    total: (tenant: string, what: "allowed" | "denied") =>
      of(tenant).reduce((sum, { usage }) => sum + Number(usage[what]), 0),
    firstReportOf: (tenant: string) =>
      until(`a report of ${tenant}`, () => {
        const [first] = of(tenant);
        return first && ([first.stream, first.usage.bucket] as const);
      }),
  };
}
