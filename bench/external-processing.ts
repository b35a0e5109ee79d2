// What it costs to take the headers of a request and to answer them, beside methods that do nothing with the same bytes:
// `node --conditions=chancery-source bench/external-processing.ts [--json]`.
import { join } from "node:path";
import { encodeJson } from "@chancery/envoy-api";
import { buildGo } from "./go.ts";
import { type Metrics, medians } from "./median.ts";
import { benchDir } from "./paths.ts";
import { printMetrics } from "./program.ts";
import { measureCalls, startServer } from "./unary-load.ts";

const rounds = 3;
const seconds = 3;

await using opened = new AsyncDisposableStack();
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
const { signal } = interrupted;
const program = await buildGo("rlsload", signal);
const server = await startServer([join(benchDir, "processing-server.ts")], opened);

const methods = {
  empty: "/bench.Empty/Call",
  empty_stream: "/bench.Empty/Stream",
  pass: "/bench.Processing/pass",
  change: "/bench.Processing/change",
};
const request = requestOf();

const runs: Metrics[] = [];
// The first round, in which the code is compiled, does not count; the contenders take turns.
for (let round = 0; round <= rounds; round++) {
  const run: Record<string, number> = {};
  for (const [name, method] of Object.entries(methods)) {
    Object.assign(run, await measureCalls(name, server, { program, seconds, signal, method, request }));
  }
  if (round > 0) runs.push(run);
}
const all = medians(runs);
const ofEmpty = Object.keys(methods).map((name) => [
  `${name}_of_empty`,
  (all[`${name}_per_core`] ?? 0) / (all.empty_per_core ?? 0),
]);
printMetrics({ ...all, ...Object.fromEntries(ofEmpty) });

/** What Envoy tells of a request of a browser, as hex; its last eight bytes are those of the last header. */
function requestOf(): string {
  const headers = {
    ...{ ":method": "GET", ":path": "/api/carts", ":authority": "shop.example.com", ":scheme": "https" },
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ...{ "accept-language": "en-US,en;q=0.5", "accept-encoding": "gzip, deflate, br, zstd" },
    ...{ "x-forwarded-proto": "https", "x-request-id": "6a53b9ff-3ef1-4bcb-9e6f-3b8e5bd2f0a1" },
    cookie: "session=6a53b9ff3ef14bcb9e6f3b8e5bd2f0a1; theme=dark",
    "x-count": "00000000",
  };
  const list = Object.entries(headers).map(([key, value]) => ({
    key,
    raw_value: Buffer.from(value).toString("base64"),
  }));
  const message = { request_headers: { headers: { headers: list } } };
  const encoded = encodeJson("envoy.service.ext_proc.v3.ProcessingRequest", message);
  if (!encoded.ok) throw new TypeError(JSON.stringify(encoded.problems));
  return Buffer.from(encoded.bytes).toString("hex");
}
