import assert from "node:assert/strict";
import { after, test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import {
  AdmissionControl,
  authorizationHandlers,
  externalProcessorHandlers,
  rateLimitHandlers,
} from "@chancery/xds/services";
import { Crew } from "./harness/crew.ts";
import { percentile, report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, serve, toCluster } from "./harness/serve.ts";

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

/** So that the service and not its clients is what is flooded; a call of those that are made waits for hundreds of others. */
const decideUs = 150;
const maxDelayMs = 2;

const services = [
  {
    name: "rate limits",
    request: encode("envoy.service.ratelimit.v3.RateLimitRequest", {
      domain: "edge",
      descriptors: [{ entries: [{ key: "user", value: "ann" }] }],
    }),
    toMethods: (admission: AdmissionControl) =>
      rateLimitHandlers({ shouldRateLimit: () => decide({ overallCode: "OK", statuses: [] }) }, { admission }),
  },
  {
    name: "authorization",
    request: encode("envoy.service.auth.v3.CheckRequest", {
      attributes: { request: { http: { method: "GET", path: "/", host: "shop.example.com" } } },
    }),
    toMethods: (admission: AdmissionControl) =>
      authorizationHandlers({ check: () => decide({ allowed: true }) }, { admission }),
  },
  {
    name: "external processing",
    request: encode("envoy.service.ext_proc.v3.ProcessingRequest", {
      request_headers: {
        headers: {
          headers: [
            [":method", "GET"],
            [":path", "/api/carts"],
            [":authority", "shop.example.com"],
          ].map(([key = "", value = ""]) => ({ key, raw_value: Buffer.from(value).toString("base64") })),
        },
        end_of_stream: true,
      },
    }),
    toMethods: (admission: AdmissionControl) =>
      externalProcessorHandlers({
        admission,
        process: () => ({ requestHeaders: () => decide({ headers: [{ name: "x-tier", value: "free" }] }) }),
      }),
  },
] as const;

for (const { name, request, toMethods } of services) {
  test(`${name}: of a flood of calls some are refused and counted, some are made, and xDS goes on`, async (t) => {
    await using chancery = await serve();
    const { server, snapshots, address } = chancery;
    const changes: boolean[] = [];
    const admission = new AdmissionControl({ maxDelayMs, onChange: (overloaded) => changes.push(overloaded) });
    const [{ method, open, options } = assert.fail()] = toMethods(admission);
    server.grpc.handle(method, open, options);
    snapshots.set("bystander", publish([toCluster("a", "1")], "1"));
    await bystander.run("arrive", address);
    const quiet = await bystander.run("watch", scaled(300, 5_000));
    const flooding = flood.run("flood", address, { method, request, ...load });
    const seen = await bystander.run("watch", scaled(300, 20_000));
    const ends = await flooding;
    const [made = 0, refused = 0] = [ends.get("0"), ends.get("14")];
    report(t, {
      "good client's latency ms, median and 99 %": show(seen.latencies),
      quiet: show(quiet.latencies),
      "calls made": made,
      refused,
    });
    assert.equal(seen.lost, 0);
    assert.equal(made + refused, calls, `how calls ended: ${JSON.stringify([...ends])}`);
    assert.partialDeepStrictEqual(admission.stats, { admitted: made, shed: refused, pending: 0 });
    assert.equal(server.grpc.stats.refused, refused);
    assert.equal(changes[0], true, "nothing was refused: it was no flood");
    assert(made >= calls / 12, "too little was done beside refusing");
  });
}

function decide<T>(answer: T): T {
  const end = performance.now() + decideUs / 1_000;
  while (performance.now() < end);
  return answer;
}

function show(latencies: readonly number[]): string {
  return [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(1)).join(", ");
}

function encode(type: string, message: object): Uint8Array {
  const encoded = encodeJson(type, message);
  if (encoded.ok) return encoded.bytes;
  throw new TypeError(`Cannot write this as ${type}: ${JSON.stringify(encoded.problems)}`);
}
