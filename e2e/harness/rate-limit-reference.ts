import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startRedis } from "../../packages/chancery/src/services/rate-limit/testdata/redis.ts";
import { freePort } from "./free-port.ts";
import { buildGo } from "./tools.ts";
import { until } from "./until.ts";

/** A server of envoyproxy/ratelimit that runs until the test ends. */
export interface Reference {
  /** Its endpoint for decisions as JSON. */
  readonly json: string;
  /** The rules that it has now, a line each. */
  rules(): Promise<string>;
}

/** Where it gets its limits: from files in `config/` of a folder, or from a control plane on a port. */
export type ReferenceConfig = { readonly folder: string } | { readonly xdsPort: number };

/** Builds envoyproxy/ratelimit and returns its path; throws a `Missing` if the machine lacks what that takes. */
export async function prepareReference(): Promise<string> {
  return await buildGo("ratelimit", { from: join(import.meta.dirname, "../../bench/peers") });
}

/** Starts it with a Redis of its own, and waits until it has limits. */
export async function startReference(t: TestContext, program: string, config: ReferenceConfig): Promise<Reference> {
  const [redis, grpc, http, debug] = await Promise.all([startRedis(t), freePort(), freePort(), freePort()]);
  const source =
    "folder" in config
      ? { RUNTIME_ROOT: config.folder, RUNTIME_SUBDIRECTORY: ".", RUNTIME_WATCH_ROOT: "false" }
      : { CONFIG_TYPE: "GRPC_XDS_SOTW", CONFIG_GRPC_XDS_SERVER_URL: `127.0.0.1:${config.xdsPort}` };
  const child = spawn(program, {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      ...source,
      ...{ HOST: "127.0.0.1", GRPC_HOST: "127.0.0.1", DEBUG_HOST: "127.0.0.1", LOG_LEVEL: "warn" },
      ...{ PORT: String(http), GRPC_PORT: String(grpc), DEBUG_PORT: String(debug) },
      ...{ REDIS_SOCKET_TYPE: "tcp", REDIS_URL: `127.0.0.1:${redis.port}`, USE_STATSD: "false", DISABLE_STATS: "true" },
      ...{ LIMIT_RESPONSE_HEADERS_ENABLED: "true", RESPONSE_DYNAMIC_METADATA: "true" },
    },
  });
  const complaints: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
  const ended = once(child, "close");
  t.after(async () => {
    if (!t.passed) t.diagnostic(`The log of envoyproxy/ratelimit:\n${complaints.join("").slice(-4_000)}`);
    child.kill("SIGKILL");
    await ended;
  });
  const rules = async () => (await fetch(`http://127.0.0.1:${debug}/rlconfig`)).text();
  await until("envoyproxy/ratelimit has limits", async () => (await rules()).trim() !== "");
  return { json: `http://127.0.0.1:${http}/json`, rules };
}
