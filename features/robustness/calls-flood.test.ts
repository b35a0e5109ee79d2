import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { startControlPlane } from "../../packages/chancery/src/control-plane.ts";
import { Crew } from "./harness/crew.ts";
import { percentile, report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, toCluster } from "./harness/serve.ts";

type Flood = typeof import("./harness/call-flood.ts");
type Bystander = typeof import("./harness/bystander.ts");

const flood = new Crew<Flood>(new URL("harness/call-flood.ts", import.meta.url));
const bystander = new Crew<Bystander>(new URL("harness/bystander.ts", import.meta.url));
after(async () => {
  await flood[Symbol.asyncDispose]();
  await bystander[Symbol.asyncDispose]();
});

const calls = scaled(20_000, 1_000_000);
const load = { connections: 32, callsAtATime: 16, calls };
/** So little that a flood passes it on any machine. */
const admission = { maxDelayMs: 0.5 };

const limits = "domain: edge\ndescriptors: [{ key: user, rate_limit: { unit: hour, requests_per_unit: 1000000 } }]\n";
const policies = "policies:\n  open: { rules: [{ name: all, match: { path: { prefix: / } }, allow: true }] }\n";

const services = [
  {
    name: "rate_limit",
    method: "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit",
    request: encode("envoy.service.ratelimit.v3.RateLimitRequest", {
      domain: "edge",
      descriptors: [{ entries: [{ key: "user", value: "ann" }] }],
    }),
  },
  {
    name: "authorization",
    method: "/envoy.service.auth.v3.Authorization/Check",
    request: encode("envoy.service.auth.v3.CheckRequest", {
      attributes: {
        request: { http: { method: "GET", path: "/", host: "shop.example.com" } },
        context_extensions: { policy: "open" },
      },
    }),
  },
] as const;

for (const { name, method, request } of services) {
  test(`${name}: of a flood of calls some are refused and counted, some are made, and xDS goes on`, async (t) => {
    await using controlPlane = await serve(t);
    controlPlane.snapshots.set("bystander", publish([toCluster("a", "1")], "1"));
    await bystander.run("arrive", controlPlane.xds);
    const quiet = await bystander.run("watch", scaled(300, 5_000));
    const flooding = flood.run("flood", controlPlane.xds, { method, request, ...load });
    const seen = await bystander.run("watch", scaled(300, 20_000));
    const ends = await flooding;
    const samples = await readSamples(controlPlane.http.port);
    const count = (sample: string) => samples.get(`chancery_${name}_${sample}`);
    const [made = 0, refused = 0] = [ends.get("0"), ends.get("14")];
    report(t, {
      "good client's latency ms, median and 99 %": show(seen.latencies),
      quiet: show(quiet.latencies),
      "calls made": made,
      refused,
    });
    assert.equal(seen.lost, 0);
    assert.equal(made + refused, calls, `how calls ended: ${JSON.stringify([...ends])}`);
    assert.equal(count('calls_total{result="admitted"}'), made);
    assert.equal(count('calls_total{result="shed"}'), refused);
    assert.equal(count("pending_calls"), 0);
    assert(refused > 0, "nothing was refused: it was no flood");
    assert(made >= calls / 12, "too little was done beside refusing");
  });
}

async function serve(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "chancery-flood-"));
  t.after(() => rm(folder, { recursive: true }));
  const [limitsFile, policiesFile] = [join(folder, "limits.yaml"), join(folder, "policies.yaml")];
  await writeFile(limitsFile, limits);
  await writeFile(policiesFile, policies);
  return startControlPlane({
    ...{ xds: free, http: free },
    rateLimits: { paths: [limitsFile], admission },
    authorization: { paths: [policiesFile], admission },
  });
}

const free = { host: "127.0.0.1", port: 0 };

async function readSamples(port: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return new Map([...text.matchAll(/^([^#].*) (\S+)$/gm)].map(([, name = "", value]) => [name, Number(value)]));
}

function show(latencies: readonly number[]): string {
  return [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(1)).join(", ");
}

function encode(type: string, message: object): Uint8Array {
  const encoded = encodeJson(type, message);
  if (encoded.ok) return encoded.bytes;
  throw new TypeError(`Cannot write this as ${type}: ${JSON.stringify(encoded.problems)}`);
}
