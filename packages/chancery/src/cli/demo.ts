import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, parseAddress } from "../address.ts";
import { ensureEnvoy } from "../bootstrap/envoy-binary.ts";
import type { EnvoyProcess } from "../bootstrap/envoy-process.ts";
import { ChanceryError } from "../errors.ts";
import { createLogger } from "../logs.ts";
import { defineCommand, UsageError, type Values } from "./command.ts";
import { addressesOf } from "./demo/addresses.ts";
import { findExample, prepareExample } from "./demo/example.ts";
import { opened } from "./demo/opened.ts";
import type { ProgramProcess } from "./demo/program.ts";
import { runExample } from "./demo/run.ts";
import { welcome } from "./demo/welcome.ts";

const options = {
  "proxy-port": { type: "string", value: "PORT", help: "Where Envoy takes requests, if that is one port" },
  port: { type: "string", multiple: true, value: "OLD=NEW", help: "Another port for one that the example names" },
  "admin-port": {
    type: "string",
    default: "19000",
    value: "PORT",
    help: "Where Envoy's admin interface listens; further Envoys have the ports that follow",
  },
  xds: { type: "string", default: "127.0.0.1:18000", value: "HOST:PORT", help: "The control plane's gRPC address" },
  http: { type: "string", default: "127.0.0.1:18001", value: "HOST:PORT", help: "Its HTTP address" },
} as const;

export const demoCommand = defineCommand({
  name: "demo",
  summary: "Run an example with a real Envoy: a file to edit, and what to try",
  usage: "demo [OPTIONS] [EXAMPLE]",
  description:
    "Starts the upstreams that an example needs, the control plane, and Envoys that get everything from it; says what\n" +
    "to try, and ends it all on Ctrl-C. EXAMPLE is a name or a folder, by default hello; a name that does not exist\n" +
    "lists those that do. Fetches Envoy if there is none. Port 0 picks a free one.",
  examples: [
    { command: "chancery demo", what: "one gateway, one route, on the usual ports" },
    { command: "chancery demo edge-https", what: "another example" },
    { command: "chancery demo edge-https --port 8443=9443", what: "with another port" },
    { command: "chancery demo --proxy-port 0 --admin-port 0 --xds :0 --http :0", what: "on free ports" },
  ],
  options,
  async run({ values, positionals }, io) {
    const [name = "hello", ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`Unknown argument "${rest[0]}"`);
    const found = await findExample(name, io.cwd);
    const { ports, ...addresses } = await addressesOf(found.description, {
      ...{ ports: readPorts(values), adminPort: readPort("admin-port", values["admin-port"]) },
      ...{ xds: readAddress(values, "xds"), http: readAddress(values, "http") },
      // What is added to "npm start" goes to the demo only after "--".
      prefix: io.env.npm_lifecycle_event === "start" ? "npm start -- " : "",
    });
    const report = (line: string) => io.stdout.write(`${line}\n`);
    const { path: binary } = await ensureEnvoy(io.env, { report, signal: io.signal });

    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "chancery-demo-"));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    const example = await prepareExample(found, { ports, http: addresses.http, folder });
    const log = createLogger(io.stdout, { format: "pretty", color: !io.env.NO_COLOR });
    const running = started.use(await runExample(example, { binary, addresses, folder, cwd: io.cwd, log }));

    const deaths = [...running.envoys.values()].map((envoy) => death(envoy, io.signal));
    const ends = running.programs.map((program) => programEnd(program, io.signal));
    const end = Promise.race([aborted(io.signal), ...deaths, ...ends]);
    const doors = Object.values(example.description.envoys).flatMap(({ ports }) => ports);
    await Promise.race([end, Promise.all(doors.map((port) => opened({ host: "127.0.0.1", port }, io.signal)))]);
    if (!io.signal.aborted) io.stdout.write(welcome(example, { running, addresses, cwd: io.cwd }));
    await end;
    return 0;
  },
});

/** The ports that are asked for instead of those of the example; that of the only listener is under undefined. */
function readPorts(values: Values<typeof options>): ReadonlyMap<number | undefined, number> {
  const proxy = values["proxy-port"];
  const ports = new Map<number | undefined, number>();
  if (proxy !== undefined) ports.set(undefined, readPort("proxy-port", proxy));
  for (const text of values.port) {
    const [, old, port] = /^(\d+)=(\d+)$/.exec(text) ?? [];
    if (old === undefined || port === undefined) {
      throw new UsageError(`Cannot read --port "${text}": it would have to be OLD=NEW, such as 8443=9443`);
    }
    ports.set(readPort("port", old), readPort("port", port));
  }
  return ports;
}

function readPort(option: string, text: string): number {
  const address = parseAddress(`127.0.0.1:${text}`, { defaultHost: "" });
  if (address) return address.port;
  throw new UsageError(`Cannot read --${option} "${text}": it would have to be a port, such as 10000`);
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

/** Settles when a program is gone: an error, unless it was meant to go. */
async function programEnd({ file, ended }: ProgramProcess, signal: AbortSignal): Promise<void> {
  const how = await ended;
  if (!signal.aborted) throw new ChanceryError("program-ended", `The program ${file} ended by itself (${how})`);
}
