import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import type { Command } from "./grpc-clients.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** A gRPC client that calls one target over and over. */
export interface Caller {
  /** Who answered, call by call; or the error. */
  readonly answers: readonly string[];
  /** Waits until a call is answered by `name`. */
  answeredBy(name: string): Promise<void>;
}

export interface CallerOptions {
  readonly target: string;
  readonly nodeId: string;
  readonly xdsPort: number;
}

/** Starts a client whose xDS server is a control plane; it ends with the test. */
export async function startCaller(t: TestContext, command: Command, options: CallerOptions): Promise<Caller> {
  const { target, nodeId, xdsPort } = options;
  const bootstrapFile = join(await temporaryFolder(t), "bootstrap.json");
  const server = { server_uri: `127.0.0.1:${xdsPort}`, channel_creds: [{ type: "insecure" }] };
  const bootstrap = {
    xds_servers: [{ ...server, server_features: ["xds_v3"] }],
    // grpc-js wants the locality, others do without.
    node: { id: nodeId, cluster: "test-cluster", locality: { region: "here" } },
  };
  await writeFile(bootstrapFile, JSON.stringify(bootstrap));
  const [program, ...args] = command;
  const child = spawn(program, [...args, target], { env: { ...process.env, GRPC_XDS_BOOTSTRAP: bootstrapFile } });
  const answers: string[] = [];
  const complaints: string[] = [];
  createInterface(child.stdout).on("line", (line) => answers.push(line));
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
  const ended = once(child, "close");
  t.after(async () => {
    if (!t.passed) t.diagnostic(`The client's log:\n${complaints.join("").slice(-4_000)}`);
    child.kill("SIGKILL");
    await ended;
  });
  return {
    answers,
    async answeredBy(name) {
      const since = answers.length;
      await until(`an answer of ${name}`, () => {
        if (child.exitCode !== null) throw new Error(`The client ended with exit code ${child.exitCode}`);
        return answers.includes(name, since);
      });
    },
  };
}
