import assert from "node:assert/strict";
import { after, test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { AdmissionControl, externalProcessorHandlers, type HeadersChange } from "@chancery/xds/services";
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

const calls = scaled(10_000, 1_000_000);

test("external processing: of a flood of requests some are refused and counted, some are made, and xDS goes on", async (t) => {
  await using chancery = await serve();
  const { server, snapshots, address } = chancery;
  // So little, and so much work, that a flood passes it on any machine.
  const admission = new AdmissionControl({ maxDelayMs: 0.5 });
  const requestHeaders = (): HeadersChange => {
    const startMs = performance.now();
    while (performance.now() - startMs < 0.1);
    return { headers: [{ name: "x-tier", value: "free" }] };
  };
  const handlers = externalProcessorHandlers({
    admission,
    process: () => ({ requestHeaders }),
  });
  for (const { method, open, options } of handlers) server.grpc.handle(method, open, options);
  snapshots.set("bystander", publish([toCluster("a", "1")], "1"));
  await bystander.run("arrive", address);
  const quiet = await bystander.run("watch", scaled(300, 5_000));
  const method = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
  const flooding = flood.run("flood", address, { method, request, connections: 32, callsAtATime: 16, calls });
  const seen = await bystander.run("watch", scaled(300, 20_000));
  const ends = await flooding;
  const [made = 0, refused = 0] = [ends.get("0"), ends.get("14")];
  const show = (latencies: readonly number[]) =>
    [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(1)).join(", ");
  report(t, {
    "good client's latency ms, median and 99 %": show(seen.latencies),
    quiet: show(quiet.latencies),
    "requests processed": made,
    refused,
  });
  assert.equal(seen.lost, 0);
  assert.equal(made + refused, calls, `how calls ended: ${JSON.stringify([...ends])}`);
  assert.partialDeepStrictEqual(admission.stats, { admitted: made, shed: refused, pending: 0 });
  assert(refused > 0, "nothing was refused: it was no flood");
  assert(made >= calls / 12, "too little was done beside refusing");
});

const request = encode({
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
});

function encode(message: object): Uint8Array {
  const encoded = encodeJson("envoy.service.ext_proc.v3.ProcessingRequest", message);
  if (encoded.ok) return encoded.bytes;
  throw new TypeError(JSON.stringify(encoded.problems));
}
