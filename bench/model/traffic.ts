import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { Agent, createServer, get, type Server as HttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { toBootstrap } from "../../packages/chancery/src/bootstrap/bootstrap.ts";
import { ensureEnvoy } from "../../packages/chancery/src/bootstrap/envoy-binary.ts";
import { startEnvoyProcess } from "../../packages/chancery/src/bootstrap/envoy-process.ts";
import { chancery } from "../contenders.ts";
import { percentile } from "../percentile.ts";
import { readMemory } from "../process.ts";
import { startServer } from "../server.ts";
import { fileOf, type ModelSize, ruleMark, writeModel } from "./files.ts";

/** What users wait for, with a real Envoy: from the write of a file to the first answer that shows it. */
export interface Traffic {
  /** From when the files are put into the served folder to the first answer, of a server and an Envoy that run already. */
  readonly load_ms: number;
  readonly rule_p50_ms: number;
  readonly rule_max_ms: number;
  readonly endpoint_p50_ms: number;
  readonly endpoint_max_ms: number;
  /** Answers with an error of Envoy's own while a new route and its service appear. */
  readonly failed: number;
  /** Of the server, when it has rested a little after the changes of rules and endpoints. */
  readonly rss_mb: number;
}

const changes = 10;

/** Memory that is free is given back after a second or two. */
const restMs = 5_000;

export async function measureTraffic(size: ModelSize, signal: AbortSignal): Promise<Traffic> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "chancery-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [one, two] = [await startUpstream("one", stack), await startUpstream("two", stack)];
  const listenerPort = await freePort();
  const served = join(folder, "served");
  const options = { ...size, folder: join(served, "model"), listenerPort, upstreamPort: one };
  await writeModel({ ...options, folder: join(folder, "model") });
  await mkdir(served);
  await writeFile(join(served, "fleet.yaml"), `fleets: { edge: { match: "*" } }\n`);

  const contender = chancery();
  const args = [...contender.args, "--state", "none", served];
  const server = stack.use(await startServer({ ...contender, args }, signal));
  const port = Number(server.xds.split(":")[1]);
  const bootstrap = toBootstrap({
    ...{ nodeId: "bench", cluster: "bench", transport: "ads-delta" },
    controlPlane: { host: "127.0.0.1", port },
    admin: { host: "127.0.0.1", port: 0 },
  });
  const { path: binary } = await ensureEnvoy(process.env);
  const adminFile = join(folder, "admin");
  const envoyArgs = ["--concurrency", "1", "-l", "error", "--admin-address-path", adminFile];
  const envoy = await startEnvoyProcess({ binary, bootstrap, folder, args: envoyArgs });
  stack.defer(() => envoy.stop());
  const client = new Client(listenerPort);
  stack.defer(() => client.close());

  const index = Math.floor(size.routes / 2);
  const host = `host${index}.example.com`;
  await ready(adminFile, signal);
  const startMs = performance.now();
  await rename(join(folder, "model"), options.folder);
  await client.until(host, ({ status }) => status === 200, signal);
  const loadMs = performance.now() - startMs;

  const file = fileOf(index, options);
  const text = await readFile(file, "utf8");
  const timeOf = async (changed: string, shows: (answer: Answer) => boolean): Promise<number> => {
    const writtenMs = performance.now();
    await replaceFile(file, changed);
    await client.until(host, shows, signal);
    return performance.now() - writtenMs;
  };
  const rules: number[] = [];
  for (let i = 1; i <= changes; i++) {
    const version = `changed-${i}`;
    rules.push(await timeOf(text.replace(ruleMark(index), version), (answer) => answer.version === version));
  }
  const endpoints: number[] = [];
  for (let i = 1; i <= changes; i++) {
    const [name, upstream] = i % 2 === 1 ? ["two", two] : ["one", one];
    const service = `  s${index}:\n    endpoints: [127.0.0.1:`;
    const changed = text.replace(`${service}${one}`, `${service}${upstream}`);
    endpoints.push(await timeOf(changed, ({ body }) => body === name));
  }

  await pause(restMs, undefined, { signal });
  const { rssMb } = await readMemory(server.pid);

  const isNew = (answer: Answer) => answer.status === 200;
  const added = `routes: { new: { parents: public/http, hosts: new.example.com, to: new } }\nservices: { new: { endpoints: 127.0.0.1:${one} } }\n`;
  await writeFile(join(options.folder, "new.yaml"), added);
  const failed = await client.until("new.example.com", isNew, signal);
  return {
    load_ms: loadMs,
    rule_p50_ms: percentile(rules, 0.5),
    rule_max_ms: Math.max(...rules),
    endpoint_p50_ms: percentile(endpoints, 0.5),
    endpoint_max_ms: Math.max(...endpoints),
    failed,
    rss_mb: rssMb,
  };
}

/** Waits until an Envoy has all that it is to have so far. */
async function ready(adminFile: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const address = await readFile(adminFile, "utf8").catch(() => "");
    const isReady = address !== "" && (await fetch(`http://${address}/ready`).catch(() => undefined))?.ok;
    if (isReady) return;
    await pause(50);
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  // As editors do: the old file or the new one is there, never half of one.
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}

interface Answer {
  readonly status: number;
  readonly version: string | undefined;
  readonly body: string;
}

/** Asks one request after the other over one connection. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Asks until an answer fits; returns how many before it were errors of Envoy's own. */
  async until(host: string, fits: (answer: Answer) => boolean, signal: AbortSignal): Promise<number> {
    let failed = 0;
    for (;;) {
      signal.throwIfAborted();
      const answer = await this.#ask(host).catch(() => undefined);
      if (answer !== undefined && fits(answer)) return failed;
      if (answer !== undefined && answer.status >= 500) failed++;
      // Asking without a pause takes a core, which those who are measured want.
      await pause(1);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(host: string): Promise<Answer> {
    const request = get({ host: "127.0.0.1", port: this.#port, path: "/api/x", agent: this.#agent, headers: { host } });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks = await response.toArray();
    const version = response.headers["x-version"];
    return { status: response.statusCode ?? 0, version: version?.toString(), body: Buffer.concat(chunks).toString() };
  }
}

async function startUpstream(name: string, stack: AsyncDisposableStack): Promise<number> {
  const server = createServer((_request, response) => response.end(name));
  stack.defer(() => closeServer(server));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: HttpServer): Promise<void> {
  server.close();
  server.closeAllConnections();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await closeServer(server);
  return port;
}
