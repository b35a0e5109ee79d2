import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { type Address, parseAddress } from "../address.ts";
import { ensureEnvoy } from "../bootstrap/envoy-binary.ts";
import type { EnvoyProcess } from "../bootstrap/envoy-process.ts";
import { ChanceryError } from "../errors.ts";
import { createLogger } from "../logs.ts";
import { defineCommand, UsageError, type Values } from "./command.ts";
import { requirePorts } from "./demo/ports.ts";
import { type SandboxAddresses, startSandbox } from "./demo/sandbox.ts";
import { sandboxPort } from "./demo/sandbox-file.ts";
import { welcome } from "./demo/welcome.ts";

const options = {
  "proxy-port": { type: "string", default: `${sandboxPort}`, value: "PORT", help: "Where Envoy takes requests" },
  "admin-port": { type: "string", default: "19000", value: "PORT", help: "Where Envoy's admin interface listens" },
  xds: { type: "string", default: "127.0.0.1:18000", value: "HOST:PORT", help: "The control plane's gRPC address" },
  http: { type: "string", default: "127.0.0.1:18001", value: "HOST:PORT", help: "Its HTTP address" },
} as const;

export const demoCommand = defineCommand({
  name: "demo",
  summary: "Run a real Envoy with this control plane, and a file to edit",
  usage: "demo [OPTIONS]",
  description:
    "Starts two upstreams, the control plane, and an Envoy that gets everything from it; says what to try, and ends " +
    "it all on Ctrl-C. Fetches Envoy if there is none. Port 0 picks a free one.",
  examples: [
    { command: "chancery demo", what: "on the usual ports" },
    { command: "chancery demo --proxy-port 0 --admin-port 0 --xds :0 --http :0", what: "on free ports" },
  ],
  options,
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    const addresses = await readAddresses(values, io.env);
    const report = (line: string) => io.stdout.write(`${line}\n`);
    const { path: binary } = await ensureEnvoy(io.env, { report, signal: io.signal });
    const log = createLogger(io.stdout, { format: "pretty", color: !io.env.NO_COLOR });
    await using sandbox = await startSandbox({ binary, addresses, log });

    const end = Promise.race([aborted(io.signal), death(sandbox.envoy, io.signal)]);
    await Promise.race([end, opened(addresses.proxy, io.signal)]);
    if (!io.signal.aborted) io.stdout.write(welcome(sandbox, addresses, io.cwd));
    await end;
    return 0;
  },
});

async function readAddresses(values: Values<typeof options>, env: NodeJS.ProcessEnv): Promise<SandboxAddresses> {
  // What is added to "npm start" goes to the demo only after "--".
  const prefix = env.npm_lifecycle_event === "start" ? "npm start -- " : "";
  return requirePorts({
    proxy: { what: "Envoy's proxy", address: readPort(values, "proxy-port"), option: `${prefix}--proxy-port PORT` },
    admin: { what: "Envoy's admin", address: readPort(values, "admin-port"), option: `${prefix}--admin-port PORT` },
    xds: { what: "xDS over gRPC", address: readAddress(values, "xds"), option: `${prefix}--xds HOST:PORT` },
    http: { what: "the HTTP API", address: readAddress(values, "http"), option: `${prefix}--http HOST:PORT` },
  });
}

function readPort(values: Values<typeof options>, name: "proxy-port" | "admin-port"): Address {
  const address = parseAddress(`127.0.0.1:${values[name]}`, { defaultHost: "" });
  if (address) return address;
  throw new UsageError(`Cannot read --${name} "${values[name]}": it would have to be a port, such as ${sandboxPort}`);
}

function readAddress(values: Values<typeof options>, name: "xds" | "http"): Address {
  const address = parseAddress(values[name], { defaultHost: "127.0.0.1" });
  if (address) return address;
  throw new UsageError(`Cannot read --${name} "${values[name]}": it would have to be HOST:PORT, such as 127.0.0.1:0`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

/** Settles when Envoy is gone: an error, unless it was meant to go. */
async function death(envoy: EnvoyProcess, signal: AbortSignal): Promise<void> {
  const how = await envoy.ended;
  // Ctrl-C reaches it as well.
  if (signal.aborted) return;
  throw new ChanceryError(
    "envoy-ended",
    `Envoy ended by itself (${how}). The end of its log:\n${await envoy.lastLog(20)}`,
  );
}

const patienceMs = 10_000;
const retryMs = 50;

/** Waits until something listens, or long enough: a file with a mistake in it keeps Envoy from opening the port. */
async function opened({ host, port }: Address, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!signal.aborted && performance.now() < deadline) {
    const socket = connect({ host, port });
    try {
      await once(socket, "connect");
      return;
    } catch {
      await setTimeout(retryMs);
    } finally {
      socket.destroy();
    }
  }
}
