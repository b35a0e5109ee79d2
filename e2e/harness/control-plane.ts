import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

/** A control plane in a process of its own, so that it can be killed. */
export interface ControlPlane {
  readonly xdsPort: number;
  /** Where its HTTP API is. */
  readonly url: string;
  /** Replaces the snapshot of a node through the API. */
  put(snapshot: Snapshot): Promise<void>;
  /** Deletes the snapshot of a node; `test-id` by default. */
  delete(node?: string): Promise<void>;
  /** Stops it where it is: it keeps its connections, and answers nothing any more. */
  pause(): void;
  /** Ends it without a chance to say goodbye. */
  kill(): Promise<void>;
}

export interface Snapshot {
  /** `test-id` by default. */
  readonly node?: string;
  readonly version?: string;
  readonly resources: Readonly<Record<string, readonly object[]>>;
}

export interface ControlPlaneOptions {
  /** Free ones by default. */
  readonly xdsPort?: number;
  readonly httpPort?: number;
  /** Files to serve and watch. */
  readonly paths?: readonly string[];
  /** Further options of `chancery serve`. */
  readonly options?: readonly string[];
}

/**
 * Starts `chancery serve` from the sources; it ends with the test. `E2E_SERVER` names another program with the same
 * API and the options `--xds` and `--http`, to compare with.
 */
export async function startControlPlane(t: TestContext, options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { xdsPort = await freePort(), httpPort = await freePort(), paths = [] } = options;
  const { options: furtherOptions = [] } = options;
  const [program = "", ...args] = process.env.E2E_SERVER ? [process.env.E2E_SERVER] : fromSources;
  const addresses = ["--xds", `127.0.0.1:${xdsPort}`, "--http", `127.0.0.1:${httpPort}`];
  const child = spawn(program, [...args, ...addresses, ...furtherOptions, ...paths], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => log.push(text));
  const kill = () => end(child);
  t.after(async () => {
    if (!t.passed) t.diagnostic(`The control plane's log:\n${log.join("").slice(-8_000)}`);
    await kill();
  });
  const url = `http://127.0.0.1:${httpPort}`;
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`The control plane ended with exit code ${code}`);
  });
  const ready = async () => (await fetch(`${url}/readyz`)).status !== 503;
  // A start takes many seconds on a machine that does much else.
  await Promise.race([until("the control plane is ready", ready, { withinMs: 60_000 }), ended]);
  // From here on it may end at any time.
  ended.catch(() => {});
  return {
    xdsPort,
    url,
    kill,
    pause: () => void child.kill("SIGSTOP"),
    put: ({ node = "test-id", ...body }) =>
      change(url, node, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    delete: (node = "test-id") => change(url, node, { method: "DELETE" }),
  };
}

const main = join(import.meta.dirname, "../../packages/chancery/src/cli/main.ts");

const fromSources = [process.execPath, "--conditions=chancery-source", main, "serve"];

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

async function change(url: string, node: string, request: RequestInit): Promise<void> {
  const response = await fetch(`${url}/api/v1/snapshots/${encodeURIComponent(node)}`, request);
  if (!response.ok) throw new Error(`${request.method} of the snapshot: ${response.status} ${await response.text()}`);
}
