// The rate limit service, and a method beside it that does nothing: for `rate-limit.ts`, which starts it.
// `node --conditions=chancery-source bench/rate-limit-server.ts limits.yaml [redis://…]`
import { readFile } from "node:fs/promises";
import { createHistogram } from "node:perf_hooks";
import { type CallHandler, GrpcServer, type OpenHandler, unary } from "@chancery/xds/grpc";
import { AdmissionControl, rateLimitHandlers } from "@chancery/xds/services";
import { parseDocuments } from "../packages/chancery/src/documents/parse.ts";
import { createLogger } from "../packages/chancery/src/logs.ts";
import { Limiter } from "../packages/chancery/src/services/rate-limit/limiter.ts";
import { MemoryStore } from "../packages/chancery/src/services/rate-limit/memory-store.ts";
import { readRateLimits } from "../packages/chancery/src/services/rate-limit/read.ts";
import { RedisStore } from "../packages/chancery/src/services/rate-limit/redis-store.ts";

const [file = "", redis] = process.argv.slice(2);
const parsed = parseDocuments(await readFile(file, "utf8"), { origin: file, format: "yaml" });
const { domains } = readRateLimits(parsed.ok ? parsed.documents : []);
if (domains === undefined) throw new Error(`There are no rate limits in "${file}"`);
const log = createLogger(process.stderr, { level: "warn", format: "json" });
const store = redis === undefined ? new MemoryStore() : new RedisStore({ url: redis, log, timeoutMs: 1000 });
const limiter = new Limiter({ store });
limiter.use(domains);

const server = new GrpcServer({ maxCallsPerPeer: 100_000 });
const nothing = new Uint8Array();
server.handle(
  "/bench.Empty/Call",
  unary(() => nothing),
);
const took = createHistogram();
// All that are made are to be measured, on a busy machine too.
const admission = new AdmissionControl({ maxDelayMs: 1_000 });
for (const { method, open, options } of rateLimitHandlers(
  { shouldRateLimit: (request) => limiter.decide(request) },
  { admission },
)) {
  server.handle(method, open, options);
  server.handle("/bench.Timed/ShouldRateLimit", timed(open), options);
}
const { host, port } = await server.listen({ host: "127.0.0.1", port: 0 });
console.log(`${host}:${port}`);
// Asked by a signal, it says how long calls took since it was last asked.
process.on("SIGUSR2", () => {
  console.log(JSON.stringify({ p50_us: took.percentile(50) / 1000, p99_us: took.percentile(99) / 1000 }));
  took.reset();
});

/** Measures from when a call is there to when its answer is written. */
function timed(open: OpenHandler): OpenHandler {
  return (call) => {
    const began = process.hrtime.bigint();
    const measure = (handler: CallHandler): CallHandler => ({
      headers: "with-first-message",
      message: (bytes) => handler.message(bytes),
      end() {
        const ended = handler.end?.();
        const record = () => took.record(process.hrtime.bigint() - began);
        return ended instanceof Promise ? ended.then(record) : record();
      },
    });
    const opened = open(call);
    return opened instanceof Promise ? opened.then(measure) : measure(opened);
  };
}
