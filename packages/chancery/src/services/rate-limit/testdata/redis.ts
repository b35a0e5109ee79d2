import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { TestContext } from "node:test";

const programs = ["valkey-server", "redis-server"];
const program = programs.find((name) => spawnSync(name, ["--version"]).status === 0);

/** Why tests with a real server are passed over; false if there is one. */
export const noRedis = program === undefined && `there is no ${programs.join(" or ")} on PATH`;

/** A server that runs until the test ends. */
export interface Redis {
  readonly url: string;
  readonly port: number;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Starts a server that keeps nothing on disk; on a free port unless one is given. */
export async function startRedis(t: TestContext, givenPort?: number): Promise<Redis> {
  const port = givenPort ?? (await freePort());
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn(program ?? "", args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  t.after(stop);
  let said = "";
  for await (const text of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    said += text;
    if (said.includes("Ready to accept connections")) break;
  }
  if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
  child.stdout.resume();
  return { url: `redis://127.0.0.1:${port}`, port, stop, signal: (name) => child.kill(name) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new TypeError("A port was asked for");
  return address.port;
}
