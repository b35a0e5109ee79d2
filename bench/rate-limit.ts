// What a decision on a rate limit costs: beside a method that does nothing, and beside envoyproxy/ratelimit, which needs
// a redis-server on PATH: `node --conditions=chancery-source bench/rate-limit.ts [--json]`.
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { encodeJson } from "@chancery/envoy-api";
import { z } from "zod";
import { buildGo } from "./go.ts";
import { printAims } from "./goal-lines.ts";
import { type Metrics, medians } from "./median.ts";
import { benchDir } from "./paths.ts";
import { printMetrics } from "./program.ts";
import { call, failed, type Load, measureCalls, type Running, run, startServer } from "./unary-load.ts";

const rounds = 3;
const seconds = 4;
const empty = "/bench.Empty/Call";
const method = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";
const limits = `
domain: bench
descriptors:
  - key: user
    rate_limit: { unit: minute, requests_per_unit: 100 }
`;

const times = z.object({ p50_us: z.number(), p99_us: z.number() });

await using opened = new AsyncDisposableStack();
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
const { signal } = interrupted;
const folder = await mkdtemp(join(tmpdir(), "chancery-bench-"));
opened.defer(() => rm(folder, { recursive: true }));
const configFolder = join(folder, "ratelimit", "config");
await mkdir(configFolder, { recursive: true });
const file = join(configFolder, "bench.yaml");
await writeFile(file, limits);
const load = await buildGo("rlsload", signal);

const memory = await startOurs();
const redisPort = await startRedis();
const contenders: readonly Contender[] = [
  { name: "empty", method: empty, ...memory },
  { name: "memory", method, ...memory },
  ...(redisPort === undefined
    ? []
    : [
        { name: "redis", method, ...(await startOurs(`redis://127.0.0.1:${redisPort}`)) },
        { name: "envoyproxy", method, ...(await startPeer(redisPort)) },
      ]),
];
const runs: Metrics[] = [];
// The first round, in which the code is compiled, does not count; the contenders take turns.
for (let round = 0; round <= rounds; round++) {
  const run: Record<string, number> = {};
  for (const contender of contenders)
    Object.assign(run, await measureCalls(contender.name, contender, loadOf(contender.method)));
  const half = (run.memory_per_second ?? 0) / 2;
  Object.assign(run, await measureLatency(memory, half));
  if (round > 0) runs.push(run);
}
const all = medians(runs);
const figures = {
  ...all,
  memory_of_empty: (all.memory_per_core ?? 0) / (all.empty_per_core ?? 0),
  ...(redisPort !== undefined && { redis_of_envoyproxy: (all.redis_per_core ?? 0) / (all.envoyproxy_per_core ?? 0) }),
  ...(redisPort !== undefined && { memory_of_envoyproxy: (all.memory_per_core ?? 0) / (all.envoyproxy_per_core ?? 0) }),
};
printMetrics(figures);
printAims(figures, [{ figure: "half_server_p99_us", atMost: 1_000 }]);

interface Contender extends Running {
  readonly name: string;
  readonly method: string;
}

interface Ours extends Running {
  /** What it prints. */
  readonly lines: AsyncIterator<string>;
}

/** At a steady rate: what the server took for a call, and what the client waited for it. */
async function measureLatency(server: Ours, rate: number): Promise<Metrics> {
  await readTimes(server);
  const { p99_us: client } = await call(server.address, loadOf("/bench.Timed/ShouldRateLimit"), [
    "-rate",
    String(rate),
  ]);
  const { p50_us, p99_us } = await readTimes(server);
  return { half_rate: rate, half_server_p50_us: p50_us, half_server_p99_us: p99_us, half_client_p99_us: client };
}

function loadOf(path: string): Load {
  return { program: load, method: path, request: path === empty ? "" : requestHex(), seconds, signal };
}

/** A request whose last eight bytes are the value of its entry. */
function requestHex(): string {
  const encoded = encodeJson("envoy.service.ratelimit.v3.RateLimitRequest", {
    domain: "bench",
    descriptors: [{ entries: [{ key: "user", value: "00000000" }] }],
  });
  if (!encoded.ok) throw new TypeError(JSON.stringify(encoded.problems));
  return Buffer.from(encoded.bytes).toString("hex");
}

function startOurs(redis?: string): Promise<Ours> {
  return startServer([join(benchDir, "rate-limit-server.ts"), file, ...(redis ? [redis] : [])], opened);
}

async function readTimes({ pid, lines }: Ours): Promise<z.infer<typeof times>> {
  process.kill(pid, "SIGUSR2");
  const { value } = await lines.next();
  return times.parse(JSON.parse(value ?? ""));
}

/** Undefined if there is none here. */
async function startRedis(): Promise<number | undefined> {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = run("redis-server", args, { opened });
  const isThere = await Promise.race([opens(port).then(() => true), once(child, "error").then(() => false)]);
  if (!isThere) console.error('There is no "redis-server" on PATH: it and envoyproxy/ratelimit are left out');
  return isThere ? port : undefined;
}

async function startPeer(redis: number): Promise<Running> {
  const program = await buildGo("peers/ratelimit", signal);
  const [grpc, http, debug] = await Promise.all([freePort(), freePort(), freePort()]);
  const env = {
    ...{ HOST: "127.0.0.1", GRPC_HOST: "127.0.0.1", DEBUG_HOST: "127.0.0.1", LOG_LEVEL: "error" },
    ...{ GRPC_PORT: String(grpc), PORT: String(http), DEBUG_PORT: String(debug) },
    ...{ RUNTIME_ROOT: folder, RUNTIME_SUBDIRECTORY: "ratelimit", RUNTIME_WATCH_ROOT: "false" },
    ...{ REDIS_SOCKET_TYPE: "tcp", REDIS_URL: `127.0.0.1:${redis}`, USE_STATSD: "false", DISABLE_STATS: "true" },
  };
  const child = run(program, [], { opened, env });
  await Promise.race([opens(grpc), failed(child)]);
  return { address: `127.0.0.1:${grpc}`, pid: child.pid ?? 0 };
}

/** Waits until something listens on a port. */
async function opens(port: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await pause(20);
  }
  throw new Error(`Nothing listens on port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new TypeError("A port was asked for");
  return address.port;
}
