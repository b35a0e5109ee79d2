import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type ControlPlane, startControlPlane } from "../../control-plane.ts";
import { createLogger } from "../../logs.ts";
import { watchedFolder } from "../testdata/folder.ts";
import { collectLog } from "../testdata/log.ts";
import type { RateLimitOptions } from "./service.ts";
import { noRedis, startRedis } from "./testdata/redis.ts";

const anywhere = { host: "127.0.0.1", port: 0 };

const config = (requests: number) => `
domain: edge
descriptors:
  - key: user
    rate_limit: { unit: year, requests_per_unit: ${requests} }
`;

test("a new file counts at once; one with a mistake leaves all limits as they were, and says where it is", async (t) => {
  const limits = await serve(t, { "edge.yaml": config(1), "other.yaml": "domain: other\n" });
  assert.deepEqual([await limits.ask("edge"), await limits.ask("edge")], [200, 429]);

  await limits.write("other.yaml", "domain: other\ndescriptors:\n  - { key: a, rate_limit: { unit: minuet } }\n");
  await limits.logged("those before stay");
  await limits.write("edge.yaml", config(5));
  await limits.logged("those before stay");
  assert.equal(await limits.ask("edge"), 429);
  assert.partialDeepStrictEqual(await limits.get("/api/v1/rate-limits"), {
    problems: [
      {
        severity: "error",
        place: "other.yaml:3:29",
        path: "descriptors[0].rate_limit.unit",
        message: '"minuet" is not one of second, minute, hour, day, week, month and year',
        hint: 'did you mean "minute"?',
      },
    ],
  });
  assert.match(await limits.metrics(), /chancery_rate_limit_config_problems\{severity="error"\} \d/);

  await limits.write("other.yaml", "domain: other\n");
  await limits.logged('Rate limits are there for "edge", "other"');
  assert.equal(await limits.ask("edge"), 200);
});

test("hits are in the metrics and the API by rule, and the rules in a list", async (t) => {
  const limits = await serve(t, { "edge.yaml": config(1) });
  for (const domain of ["edge", "edge", "unknown"]) await limits.ask(domain);
  const numbers = { totalHits: 2, withinLimit: 1, nearLimit: 1, overLimit: 1, shadowMode: 0 };
  assert.deepEqual(await limits.get("/api/v1/rate-limits"), {
    domains: [{ domain: "edge", rules: [{ rule: "user", ...numbers }] }],
    problems: [],
  });
  const metrics = await limits.metrics();
  for (const line of [
    'hits_total{domain="edge",rule="user"} 2',
    'over_limit_total{domain="edge",rule="user"} 1',
    'near_limit_total{domain="edge",rule="user"} 1',
    'within_limit_total{domain="edge",rule="user"} 1',
    'shadow_mode_total{domain="edge",rule="user"} 0',
    "unmatched_total 1",
    "domains 1",
    "keys 1",
    'config_reloads_total{result="good"} 1',
  ]) {
    assert.ok(metrics.includes(`\nchancery_rate_limit_${line}\n`), line);
  }
  const list = await limits.fetch("/rlconfig");
  assert.equal(await list.text(), "edge.user: unit=YEAR requests_per_unit=1, shadow_mode: false, quota_mode: false\n");
});

test("over HTTP a decision is 200 or 429 and the whole answer, and a bad question 400", async (t) => {
  const limits = await serve(t, { "edge.yaml": config(1) }, { headers: true });
  const ask = (body: unknown) => limits.post("/json", body);
  const body = { domain: "edge", descriptors: [{ entries: [{ key: "user", value: "a" }] }] };
  assert.partialDeepStrictEqual(await (await ask(body)).json(), {
    overallCode: "OK",
    statuses: [{ code: "OK", currentLimit: { requestsPerUnit: 1, unit: "YEAR" } }],
    responseHeadersToAdd: [{ key: "RateLimit-Limit", value: "1" }],
  });
  const over = await ask(body);
  assert.equal(over.status, 429);
  assert.partialDeepStrictEqual(await over.json(), { overallCode: "OVER_LIMIT", statuses: [{ code: "OVER_LIMIT" }] });
  for (const wrong of [{ domain: "edge" }, { descriptors: body.descriptors }, { domain: 7 }]) {
    assert.equal((await ask(wrong)).status, 400);
  }
});

test("a question may have the type that curl gives it", async (t) => {
  const limits = await serve(t, { "edge.yaml": config(1) });
  const body = JSON.stringify({ domain: "edge", descriptors: [{ entries: [{ key: "user", value: "a" }] }] });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal((await limits.fetch("/json", { method: "POST", headers, body })).status, 200);
  assert.equal((await limits.fetch("/json", { method: "POST", headers, body: "user=a" })).status, 400);
});

test("numbers beyond all measure are over the limit, and harm nobody", async (t) => {
  const limits = await serve(t, { "edge.yaml": config(1) });
  const ask = (descriptor: object) =>
    limits.post("/json", { domain: "edge", descriptors: [{ entries: [{ key: "user", value: "a" }], ...descriptor }] });
  const most = "18446744073709551615";
  for (let i = 0; i < 3; i++) assert.equal((await ask({ hitsAddend: most })).status, 429);
  assert.equal((await ask({ hitsAddend: most, isNegativeHits: true })).status, 200);
  const forever = { requestsPerUnit: 1, unit: "YEAR", unitMultiplier: 4_294_967_295 };
  assert.equal((await ask({ limit: forever })).status, 200);
  assert.equal((await limits.fetch("/api/v1/rate-limits")).status, 200);
});

test("values that clients choose do not steer the terminal of whoever reads the statistics", async (t) => {
  const detailed =
    "domain: edge\ndescriptors:\n  - { key: user, detailed_metric: true, rate_limit: { unlimited: true } }\n";
  const limits = await serve(t, { "edge.yaml": detailed });
  await limits.post("/json", {
    domain: "edge",
    descriptors: [{ entries: [{ key: "user", value: "\u009b2J\u202e" }] }],
  });
  assert.match(await (await limits.fetch("/api/v1/rate-limits")).text(), /"user_\\u009b2J\\u202e"/);
});

test("without good files from the start there is no decision, and with them there is", async (t) => {
  const limits = await serve(t, { "edge.yaml": "domain: edge\ndescriptors: 5\n" });
  assert.equal(await limits.ask("edge"), 503);
  await limits.write("edge.yaml", config(1));
  await limits.logged('Rate limits are there for "edge"');
  assert.equal(await limits.ask("edge"), 200);
});

const model = (requests: number, name = "a") => `policies:
  ${name}: { targets: gateway/g, rateLimit: { requests: ${requests}, per: day, key: { header: user } } }
`;

test("policies have limits of their own, whatever becomes of the files", async (t) => {
  const files = { "limits.yaml": "domain: edge\ndescriptors: 5\n", "model.yaml": model(1) };
  const limits = await serve(t, files, { paths: ["limits.yaml"] }, ["model.yaml"]);
  const ask = async (name: string) => {
    const entries = [
      { key: "limit", value: `${name}#all` },
      { key: "user", value: "ann" },
    ];
    return (await limits.post("/json", { domain: "chancery", descriptors: [{ entries }] })).status;
  };
  assert.deepEqual([await ask("a"), await ask("a"), await limits.ask("edge")], [200, 429, 503]);

  await limits.write("limits.yaml", "domain: chancery\n");
  await limits.logged('domain "chancery" is that of the limits that policies have themselves; give it another name');
  await limits.write("limits.yaml", config(1));
  await limits.logged('Rate limits are there for "edge", "chancery"');
  assert.deepEqual([await limits.ask("edge"), await ask("a")], [200, 429]);

  // Counts stay, and belong to the policy.
  await limits.write("model.yaml", model(3));
  await limits.logged("Rate limits are there for");
  assert.deepEqual([await ask("a"), await ask("a")], [429, 429]);
  await limits.write("model.yaml", model(1, "b"));
  await limits.logged("Rate limits are there for");
  assert.deepEqual([await ask("b"), await limits.ask("edge")], [200, 429]);
});

test("without any limits there is no answer", async (t) => {
  const limits = await serve(t, {}, { paths: [] });
  assert.equal(await limits.ask("edge"), 503);
});

test("servers of envoyproxy/ratelimit get the same limits, except those that they cannot be told", async (t) => {
  const limits = await serve(t, {
    "a.yaml": config(1).replace("year", "day"),
    "b.yaml": config(1).replace("edge", "yearly"),
  });
  await limits.logged('which know no week, month or year, are not offered "yearly"');
  const [resource, ...more] = limits.controlPlane.snapshots.get("rate limits")?.sets ?? [];
  assert.deepEqual(more, []);
  assert.equal(resource?.typeUrl, "type.googleapis.com/ratelimit.config.ratelimit.v3.RateLimitConfig");
  assert.deepEqual(
    [...(resource?.resources ?? [])].map(({ name }) => name),
    ["edge"],
  );
  assert.equal((await limits.fetch("/api/v1/snapshots/rate%20limits")).status, 200);
});

test("replicas that share a Redis share the counts", { skip: noRedis }, async (t) => {
  const { url } = await startRedis(t);
  const options = { redis: url, redisTimeoutMs: 5000, onLoss: "deny" } as const;
  const files = { "edge.yaml": config(2) };
  const [one, two] = [await serve(t, files, options), await serve(t, files, options)];
  for (const limits of [one, two]) await limits.logged("Rate limits are counted in");
  assert.deepEqual([await one.ask("edge"), await two.ask("edge"), await one.ask("edge")], [200, 200, 429]);
  assert.equal(await two.ask("edge"), 429);
});

test("a policy of the model that names a domain that no file has is a problem with its place, until a file has it", async (t) => {
  const model = `policies: { a: { targets: gateway/g, rateLimit: { domain: egde, descriptors: [[remoteAddress]] } } }
gateways: { g: { listeners: { http: { protocol: HTTP, port: 8080 } } } }
fleets: { edge: { match: "*" } }
`;
  const files = { "edge.yaml": config(1), "model.yaml": model };
  const limits = await serve(t, files, { paths: ["edge.yaml"] }, ["model.yaml"]);
  const problem = 'policies.a.rateLimit.domain: no file of rate limits has a domain "egde": nothing is limited';
  await limits.logged(`model.yaml:1:51: ${problem}; did you mean "edge"?`);
  await limits.write("edge.yaml", config(1).replace("edge", "egde"));
  await limits.logged("model.yaml: no problems any more");
});

test("a policy of the model that names a domain without any files is warned of", async (t) => {
  const model =
    "policies: { a: { targets: gateway/g, rateLimit: { domain: edge, descriptors: [[remoteAddress]] } } }\n";
  const limits = await serve(t, { "model.yaml": model }, { paths: [] }, ["model.yaml"]);
  await limits.logged("there are no files of rate limits: nothing is limited; name some with --rate-limits PATH");
});

async function serve(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options: RateLimitOptions = {},
  paths: readonly string[] = [],
) {
  const { cwd, write } = await watchedFolder(t, files);
  const log = collectLog();
  const controlPlane: ControlPlane = await startControlPlane({
    ...{ xds: anywhere, http: anywhere, cwd, log: createLogger(log.stream, { format: "json", level: "info" }) },
    paths,
    rateLimits: { paths: ["."], ...options },
  });
  t.after(() => controlPlane.close());
  const base = `http://127.0.0.1:${controlPlane.http.port}`;
  const post = (path: string, body: unknown) =>
    fetch(`${base}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return {
    controlPlane,
    write,
    post,
    logged: log.has,
    fetch: (path: string, init?: RequestInit) => fetch(`${base}${path}`, init),
    get: async (path: string) => (await fetch(`${base}${path}`)).json(),
    metrics: async () => (await fetch(`${base}/metrics`)).text(),
    ask: async (domain: string) =>
      (await post("/json", { domain, descriptors: [{ entries: [{ key: "user", value: "a" }] }] })).status,
  };
}
