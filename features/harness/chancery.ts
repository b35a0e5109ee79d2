import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import type { Snapshots } from "@chancery/xds";
import { type Address, formatAddress } from "../../packages/chancery/src/address.ts";
import { commands } from "../../packages/chancery/src/cli/commands.ts";
import { runProgram } from "../../packages/chancery/src/cli/program.ts";
import { startControlPlane } from "../../packages/chancery/src/control-plane.ts";
import { type Heard, type Says, TestStream } from "./client.ts";
import { adsMethods } from "./server.ts";

/** A whole control plane on free ports, its clients, and its commands; all of it ends with the test. */
export interface Chancery {
  readonly snapshots: Snapshots;
  /** Where its gRPC side listens, as commands take it. */
  readonly xds: string;
  /** The same of its HTTP side. */
  readonly address: string;
  /** That as a URL. */
  readonly url: string;
  /** What the API answers as JSON. */
  get(path: string): Promise<unknown>;
  open(method?: string): TestStream;
  close(): Promise<void>;
}

export async function startChancery(t: TestContext, http: Address = free): Promise<Chancery> {
  const controlPlane = await startControlPlane({ xds: free, http });
  const streams: TestStream[] = [];
  const close = async () => {
    for (const stream of streams) stream.close();
    await controlPlane.close();
  };
  t.after(close);
  const address = formatAddress(controlPlane.http);
  const url = `http://${address}`;
  return {
    snapshots: controlPlane.snapshots,
    xds: formatAddress(controlPlane.xds),
    address,
    url,
    close,
    get: async (path) => (await fetch(url + path)).json(),
    open(method = adsMethods.sotw) {
      const stream = new TestStream(controlPlane.xds, method);
      streams.push(stream);
      return stream;
    },
  };
}

const free = { host: "127.0.0.1", port: 0 };

/** Sends requests and waits for the one response that the last of them gets, so that all have been taken. */
export async function ask(stream: TestStream, ...requests: readonly Says[]): Promise<Heard> {
  for (const says of requests) stream.send(says);
  return stream.next();
}

/** A command of `chancery` that runs until it ends or is ended. */
export interface Running {
  readonly code: Promise<number>;
  output(): string;
  errors(): string;
  /** Waits until it has written something that matches, to either. */
  says(pattern: RegExp): Promise<void>;
  /** As Ctrl-C does. */
  end(): void;
}

export function run(t: TestContext, ...args: readonly string[]): Running {
  const controller = new AbortController();
  const texts = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const stream = (name: keyof typeof texts) =>
    new PassThrough().on("data", (chunk) => {
      texts[name] += chunk;
      for (const look of waiting) look();
    });
  const io = { stdout: stream("stdout"), stderr: stream("stderr"), env: {}, cwd: ".", signal: controller.signal };
  const code = runProgram(commands, args, io);
  t.after(() => controller.abort());
  return {
    code,
    output: () => texts.stdout,
    errors: () => texts.stderr,
    end: () => controller.abort(),
    async says(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (pattern.test(texts.stdout) || pattern.test(texts.stderr)) resolve();
      };
      waiting.add(look);
      code.then((how) => reject(new Error(`It ended (${how}) without saying ${pattern}:\n${texts.stderr}`)), reject);
      look();
      await promise.finally(() => waiting.delete(look));
    },
  };
}
